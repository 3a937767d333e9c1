//! A process that keeps dictionaries for others.

use std::collections::HashMap;

use multiprocessing::{Dict, Error, Manager, Process, Result};
use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};

crate::trials![
    a_dict_is_shared_by_processes,
    a_dict_does_what_a_dict_does,
    compare_and_set_is_atomic,
    dicts_are_told_apart_by_name,
    a_dict_is_reached_over_tcp,
    who_does_not_know_the_secret_is_refused,
    what_is_not_the_protocol_is_hung_up_on,
    strangers_who_say_nothing_keep_nobody_out,
    a_dead_manager_is_an_error,
];

pub fn count(dict: Dict<String, u64>, name: String) {
    for _ in 0..100 {
        let total = dict.get(&name).unwrap().unwrap_or(0);
        dict.set(name.clone(), total + 1).unwrap();
    }
}

fn a_dict_is_shared_by_processes() -> Result<()> {
    let manager = Manager::new()?;
    let dict: Dict<String, u64> = manager.dict("counts");
    let names = ["one", "other"].map(String::from);
    let processes = names.map(|name| Process::spawn(count, (manager.dict("counts"), name)));
    for process in processes {
        process?.result()?;
    }
    assert_eq!(
        dict.to_map()?,
        HashMap::from([("one".to_owned(), 100), ("other".to_owned(), 100)])
    );
    Ok(())
}

fn a_dict_does_what_a_dict_does() -> Result<()> {
    let manager = Manager::new()?;
    let dict: Dict<String, Vec<u32>> = manager.dict("any");
    let key = |name: &str| name.to_owned();
    assert!(dict.is_empty()?);
    assert_eq!(dict.get(&key("a"))?, None);
    assert_eq!(dict.set(key("a"), vec![1])?, None);
    assert_eq!(dict.set(key("a"), vec![2])?, Some(vec![1]));
    dict.update([(key("b"), vec![]), (key("c"), vec![3; 100_000])])?;
    assert_eq!(dict.len()?, 3);
    assert_eq!(dict.get(&key("c"))?.unwrap().len(), 100_000);
    assert_eq!(dict.remove(&key("a"))?, Some(vec![2]));
    assert_eq!(dict.remove(&key("a"))?, None);
    assert_eq!(dict.to_map()?.len(), 2);
    dict.clear()?;
    assert!(dict.is_empty()?);
    Ok(())
}

/// Adds with compare-and-set, which loses nothing, however many do it.
pub fn claim(dict: Dict<u32, u64>) {
    for _ in 0..100 {
        loop {
            let old = dict.get(&1).unwrap();
            if dict
                .compare_and_set(&1, old.as_ref(), Some(&(old.unwrap_or(0) + 1)))
                .unwrap()
            {
                break;
            }
        }
    }
}

fn compare_and_set_is_atomic() -> Result<()> {
    let manager = Manager::new()?;
    let dict: Dict<u32, u64> = manager.dict("counts");
    let processes = [(); 4].map(|()| Process::spawn(claim, manager.dict("counts")));
    for process in processes {
        process?.result()?;
    }
    assert_eq!(dict.get(&1)?, Some(400));
    assert!(!dict.compare_and_set(&1, None, Some(&7))?);
    assert!(dict.compare_and_set(&1, Some(&400), None)?);
    assert_eq!(dict.get(&1)?, None);
    Ok(())
}

fn dicts_are_told_apart_by_name() -> Result<()> {
    let manager = Manager::new()?;
    manager.dict("one").set(1, 1)?;
    assert_eq!(manager.dict::<i32, i32>("other").get(&1)?, None);
    assert_eq!(manager.dict::<i32, i32>("one").get(&1)?, Some(1));
    // A name stands for one dictionary, whose types are those of its first use.
    let mistaken = manager.dict::<i32, i64>("one").get(&1);
    assert!(matches!(mistaken, Err(Error::OtherTypes { types, .. }) if types == "(i32, i32)"));
    // Those of another manager are others, too.
    assert_eq!(Manager::new()?.dict::<i32, i32>("one").get(&1)?, None);
    Ok(())
}

fn a_dict_is_reached_over_tcp() -> Result<()> {
    let manager = Manager::listen("127.0.0.1:0", b"open sesame")?;
    let near: Dict<String, u64> = manager.dict("counts");
    let far = Dict::connect(manager.address().unwrap(), b"open sesame", "counts")?;
    near.set("near".to_owned(), 1)?;
    far.set("far".to_owned(), 2)?;
    assert_eq!(far.to_map()?, near.to_map()?);
    // It crosses to a process, and connects again there.
    Process::spawn(count, (far, "counted".to_owned()))?.result()?;
    assert_eq!(near.get(&"counted".to_owned())?, Some(100));
    Ok(())
}

fn who_does_not_know_the_secret_is_refused() -> Result<()> {
    let manager = Manager::listen("127.0.0.1:0", b"open sesame")?;
    let address = manager.address().unwrap();
    let refused = Dict::<u32, u32>::connect(address, b"open barley", "counts");
    assert!(matches!(refused.err(), Some(Error::Unauthenticated)));
    assert!(Dict::<u32, u32>::connect(address, b"open sesame", "counts").is_ok());

    // Nor does a client talk to a server that does not know it.
    let impostor = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let address = impostor.local_addr().unwrap();
    let server = std::thread::spawn(move || {
        let (mut stream, _) = impostor.accept().unwrap();
        std::io::Write::write_all(&mut stream, &[0; 64]).unwrap();
        std::io::Read::read_exact(&mut stream, &mut [0; 64]).unwrap();
    });
    let refused = Dict::<u32, u32>::connect(address, b"open sesame", "counts");
    assert!(matches!(refused.err(), Some(Error::Unauthenticated)));
    server.join().unwrap();
    Ok(())
}

fn what_is_not_the_protocol_is_hung_up_on() -> Result<()> {
    use std::io::{Read, Write};
    let manager = Manager::listen("127.0.0.1:0", b"open sesame")?;
    let address = manager.address().unwrap();
    let mut stream = std::net::TcpStream::connect(address).unwrap();
    stream
        .write_all(b"GET / HTTP/1.1\r\nHost: nobody who knows the secret would ask that\r\n\r\n")
        .unwrap();
    let mut answer = Vec::new();
    // A challenge, and then the end: in good order, or by force because we had more to say.
    let _ = stream.read_to_end(&mut answer);
    assert!(answer.len() <= 32);
    let dict = Dict::<u32, u32>::connect(address, b"open sesame", "counts")?;
    assert!(dict.is_empty()?);
    Ok(())
}

/// In a process of its own, because it changes how many files it may have open.
pub fn among_strangers() {
    let allow = |files| {
        let maximum = getrlimit(Resource::Nofile).maximum;
        let current = Some(files);
        setrlimit(Resource::Nofile, Rlimit { current, maximum }).unwrap();
    };
    allow(100);
    let manager = Manager::listen("127.0.0.1:0", b"open sesame").unwrap();
    allow(500);
    let address = manager.address().unwrap();
    let strangers = [(); 300].map(|()| std::net::TcpStream::connect(address).unwrap());
    let dict = Dict::<u32, u32>::connect(address, b"open sesame", "counts").unwrap();
    assert!(dict.is_empty().unwrap());
    drop(strangers);
}

fn strangers_who_say_nothing_keep_nobody_out() -> Result<()> {
    Process::spawn(among_strangers, ())?.result()
}

fn a_dead_manager_is_an_error() -> Result<()> {
    let manager = Manager::listen("127.0.0.1:0", b"open sesame")?;
    let near: Dict<u32, u32> = manager.dict("counts");
    let far = Dict::<u32, u32>::connect(manager.address().unwrap(), b"open sesame", "counts")?;
    near.set(1, 1)?;
    far.set(2, 2)?;
    drop(manager);
    for dict in [near, far] {
        assert!(dict.get(&1).is_err());
        assert!(dict.get(&1).is_err());
    }
    Ok(())
}
