//! What crosses arrives as it was, or there is an error: also where the two halves of a type's
//! serialisation disagree, and where values are nested deeply.

use std::fmt::Debug;
use std::thread;
use std::time::Duration;

use multiprocessing::{Error, Manager, Pipe, Pool, Queue, Result};
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize, Serializer};

crate::trials![
    a_variant_behind_a_skipped_one_arrives_as_itself,
    a_field_that_is_skipped_at_times_is_an_error_before_anything_is_sent,
    halves_that_disagree_are_an_error_wherever_a_value_crosses,
    a_chunk_with_one_such_value_shifts_no_other,
    halves_that_agree_in_an_unusual_way_cross,
    a_value_nested_too_deeply_is_an_error_wherever_it_crosses,
    a_value_nested_less_deeply_crosses,
];

#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum Kind {
    A,
    #[serde(skip)]
    B,
    C,
    D(u8),
}

pub fn same_kind(kind: Kind) -> Kind {
    kind
}

pub fn kind_name(kind: Kind) -> String {
    format!("{kind:?}")
}

fn a_variant_behind_a_skipped_one_arrives_as_itself() -> Result<()> {
    let pool = Pool::builder().workers(1).build()?;
    let kinds = || [Kind::C, Kind::D(1), Kind::A, Kind::C];
    assert_eq!(pool.map_chunked(same_kind, kinds(), 4)?, kinds());
    assert_eq!(pool.map(kind_name, kinds())?, ["C", "D(1)", "A", "C"]);
    let queue = Queue::new()?;
    let (near, far) = Pipe::<Kind>::new()?;
    let dict = Manager::new()?;
    let dict = dict.dict::<Kind, Kind>("kinds");
    for kind in kinds() {
        queue.put(kind.clone())?;
        assert_eq!(queue.get()?, kind);
        near.send(kind.clone())?;
        assert_eq!(far.recv()?, kind);
        dict.set(kind.clone(), kind.clone())?;
        assert_eq!(dict.get(&kind)?, Some(kind));
    }
    // Serde itself refuses the skipped one.
    assert!(matches!(
        pool.apply(same_kind, Kind::B),
        Err(Error::Serialise(_))
    ));
    Ok(())
}

#[derive(Clone, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Sparse {
    #[serde(skip_serializing_if = "Option::is_none", default)]
    note: Option<u8>,
    first: u8,
    second: u8,
}

impl Sparse {
    fn new(note: Option<u8>) -> Sparse {
        Sparse {
            note,
            first: 1,
            second: 2,
        }
    }
}

pub fn same_sparse(sparse: Sparse) -> Sparse {
    sparse
}

pub fn make_sparse(noted: bool) -> Sparse {
    Sparse::new(noted.then_some(3))
}

fn refuses_to_send<T: Debug>(result: Result<T>) {
    match result {
        Err(Error::Serialise(reason)) => assert!(reason.contains("`note`"), "{reason}"),
        other => panic!("{other:?}"),
    }
}

fn a_field_that_is_skipped_at_times_is_an_error_before_anything_is_sent() -> Result<()> {
    let pool = Pool::builder().workers(1).build()?;
    let whole = || Sparse::new(Some(3));
    let sparse = || Sparse::new(None);
    refuses_to_send(pool.apply(same_sparse, sparse()));
    refuses_to_send(pool.map(same_sparse, [whole(), sparse()]));
    refuses_to_send(pool.apply(make_sparse, false));
    let (near, far) = Pipe::<Sparse>::new()?;
    refuses_to_send(near.send(sparse()));
    assert!(!far.poll(Duration::ZERO)?);
    let queue = Queue::new()?;
    refuses_to_send(queue.put(sparse()));
    let manager = Manager::new()?;
    let dict = manager.dict::<Sparse, Sparse>("sparse");
    refuses_to_send(dict.set(whole(), sparse()));
    refuses_to_send(dict.set(sparse(), whole()));
    refuses_to_send(dict.get(&sparse()));
    assert!(dict.is_empty()?);
    // Whole ones cross.
    assert_eq!(pool.apply(same_sparse, whole())?, whole());
    assert_eq!(pool.apply(make_sparse, true)?, whole());
    dict.set(whole(), whole())?;
    assert_eq!(dict.get(&whole())?, Some(whole()));
    Ok(())
}

/// A field that is read, and was not written.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Unwritten {
    #[serde(skip_serializing, default)]
    secret: u8,
    first: u8,
    second: u8,
}

/// A field that is written, and not read.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Unread {
    #[serde(skip_deserializing)]
    secret: u8,
    first: u8,
    second: u8,
}

/// As many fields are read as were written, but others.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Crossed {
    #[serde(skip_serializing, default)]
    first: u8,
    #[serde(skip_deserializing)]
    second: u8,
}

/// Written as a signed number, and read without a sign: in as many bytes.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Signed(#[serde(serialize_with = "with_sign")] u32);

impl Default for Signed {
    fn default() -> Signed {
        Signed(5)
    }
}

fn with_sign<S: Serializer>(number: &u32, serializer: S) -> Result<S::Ok, S::Error> {
    (*number as i32).serialize(serializer)
}

/// An element of a tuple is left out at times, and the reading half does not know it.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Pair(
    #[serde(skip_serializing_if = "Option::is_none", default)] Option<u8>,
    #[serde(default)] u8,
);

/// Goes into a text, and is read as a number.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(into = "String")]
pub struct Spelt(u8);

impl From<Spelt> for String {
    fn from(Spelt(number): Spelt) -> String {
        "x".repeat(number.into())
    }
}

/// A variant is read under another name.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum Renamed {
    #[serde(rename(deserialize = "other"))]
    #[default]
    Here,
    There,
}

pub fn same<T>(value: T) -> T {
    value
}

pub fn default<T: Default>() -> T {
    T::default()
}

fn disagrees<T: Debug>(result: Result<T>) {
    assert!(matches!(result, Err(Error::Deserialise(_))), "{result:?}");
}

fn refused<T>() -> Result<()>
where
    T: Clone + Debug + Default + Eq + std::hash::Hash + Serialize + DeserializeOwned + 'static,
{
    let pool = Pool::builder().workers(1).build()?;
    disagrees(pool.apply(same::<T>, T::default()));
    disagrees(pool.map_chunked(same::<T>, vec![T::default(); 3], 3));
    disagrees(pool.apply(default::<T>, ()));
    disagrees(pool.apply_async(default::<T>, ())?.get());
    disagrees(multiprocessing::Process::spawn(default::<T>, ())?.result());
    disagrees(multiprocessing::Process::spawn(same::<T>, T::default())?.result());
    let (near, far) = Pipe::<T>::new()?;
    near.send(T::default())?;
    disagrees(far.recv());
    let queue = Queue::new()?;
    queue.put(T::default())?;
    disagrees(queue.get());
    let manager = Manager::new()?;
    manager.dict::<u8, T>("values").set(1, T::default())?;
    disagrees(manager.dict::<u8, T>("values").get(&1));
    manager.dict::<T, u8>("keys").set(T::default(), 1)?;
    disagrees(manager.dict::<T, u8>("keys").to_map());
    Ok(())
}

fn halves_that_disagree_are_an_error_wherever_a_value_crosses() -> Result<()> {
    refused::<Unwritten>()?;
    refused::<Unread>()?;
    refused::<Crossed>()?;
    refused::<Signed>()?;
    refused::<Pair>()?;
    refused::<Spelt>()?;
    refused::<Renamed>()
}

/// Disagrees with itself, or does not.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub enum Mixed {
    Number(u32),
    Pair(Pair),
}

fn a_chunk_with_one_such_value_shifts_no_other() -> Result<()> {
    let pool = Pool::builder().workers(1).build()?;
    let items = [
        Mixed::Number(7),
        Mixed::Number(8),
        Mixed::Pair(Pair(None, 9)),
        Mixed::Number(10),
    ];
    let results: Vec<_> = pool
        .imap_chunked(same::<Mixed>, items.clone(), 4)?
        .collect();
    for (result, item) in results.into_iter().zip(items) {
        match result {
            Ok(value) => assert_eq!(value, item),
            Err(Error::Deserialise(_)) => {}
            Err(error) => panic!("{error:?}"),
        }
    }
    Ok(())
}

/// Skipped in both halves, under several names, in a box, by reference to a standard type.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Unusual {
    #[serde(skip)]
    both: u8,
    #[serde(alias = "a_name", alias = "zzz")]
    aliased: u16,
    #[serde(rename = "other")]
    renamed: Box<str>,
    #[serde(with = "pair")]
    with: (u8, i8),
    address: Option<std::net::IpAddr>,
    time: Duration,
    kind: Alias,
    nothing: std::marker::PhantomData<u8>,
    result: Option<Result<u8, String>>,
    range: std::ops::Range<i128>,
    letter: char,
    floats: [f64; 2],
}

#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
enum Alias {
    #[serde(alias = "Zero", alias = "AAA")]
    First,
    #[default]
    Second,
    Third {
        #[serde(alias = "before")]
        a: u8,
        b: u8,
    },
}

mod pair {
    use serde::{Deserialize, Deserializer, Serialize, Serializer};

    pub fn serialize<S: Serializer>(pair: &(u8, i8), serializer: S) -> Result<S::Ok, S::Error> {
        [i32::from(pair.0), i32::from(pair.1)].serialize(serializer)
    }

    pub fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<(u8, i8), D::Error> {
        let [one, other] = <[i32; 2]>::deserialize(deserializer)?;
        Ok((one as u8, other as i8))
    }
}

fn halves_that_agree_in_an_unusual_way_cross() -> Result<()> {
    let pool = Pool::builder().workers(1).build()?;
    let value = |kind| Unusual {
        aliased: 3,
        renamed: "text".into(),
        with: (1, -1),
        address: Some([127, 0, 0, 1].into()),
        time: Duration::from_millis(1),
        kind,
        result: Some(Err("no".to_owned())),
        range: -1..1 << 100,
        letter: 'ß',
        floats: [0.5, f64::INFINITY],
        ..Unusual::default()
    };
    let kinds = [Alias::First, Alias::Second, Alias::Third { a: 1, b: 2 }];
    for value in kinds.map(value) {
        assert_eq!(pool.apply(same::<Unusual>, value.clone())?, value);
    }
    Ok(())
}

#[derive(Debug, Default, Serialize, Deserialize)]
pub struct List {
    next: Option<Box<List>>,
}

impl List {
    fn new(length: u32) -> List {
        (1..length).fold(List::default(), |list, _| List {
            next: Some(Box::new(list)),
        })
    }

    fn length(&self) -> u32 {
        let mut length = 1;
        let mut list = self;
        while let Some(next) = &list.next {
            length += 1;
            list = next;
        }
        length
    }
}

impl Drop for List {
    /// Without recursion, so that the tests see no stack but the library's.
    fn drop(&mut self) {
        let mut next = self.next.take();
        while let Some(mut list) = next {
            next = list.next.take();
        }
    }
}

pub fn make_list(length: u32) -> List {
    List::new(length)
}

pub fn measure_list(list: List) -> u32 {
    list.length()
}

fn too_deep<T: Debug>(result: Result<T>) {
    match result {
        Err(Error::Serialise(reason) | Error::Deserialise(reason)) => {
            assert!(reason.contains("nested too deeply"), "{reason}");
        }
        other => panic!("{other:?}"),
    }
}

fn a_value_nested_too_deeply_is_an_error_wherever_it_crosses() -> Result<()> {
    let attempt = || -> Result<()> {
        let pool = Pool::builder().workers(1).build()?;
        for length in [60_000, 1_000_000] {
            too_deep(pool.apply(make_list, length).map(|list| list.length()));
            let future = pool.apply_async(make_list, length)?;
            too_deep(future.get().map(|list| list.length()));
            too_deep(pool.apply(measure_list, List::new(length)));
            let process = multiprocessing::Process::spawn(make_list, length)?;
            too_deep(process.result().map(|list| list.length()));
            let (near, _far) = Pipe::<List>::new()?;
            too_deep(near.send(List::new(length)));
            too_deep(Queue::new()?.put(List::new(length)));
            let manager = Manager::new()?;
            let dict = manager.dict::<u8, List>("lists");
            too_deep(dict.set(1, List::new(length)).map(|_| ()));
        }
        assert_eq!(pool.apply(measure_list, List::new(3))?, 3);
        Ok(())
    };
    attempt()?;
    // Half as much stack as a thread of Rust has.
    let thread = thread::Builder::new().stack_size(1 << 20).spawn(attempt);
    thread.unwrap().join().unwrap()
}

fn a_value_nested_less_deeply_crosses() -> Result<()> {
    let pool = Pool::builder().workers(1).build()?;
    assert_eq!(pool.apply(measure_list, List::new(100))?, 100);
    assert_eq!(pool.apply(make_list, 100)?.length(), 100);
    Ok(())
}
