//! A process that keeps dictionaries for others.

use std::collections::HashMap;
use std::fs;
use std::io::{Read, Write};
use std::net::{Shutdown, SocketAddr, TcpStream};
use std::thread;

use hmac::{Hmac, KeyInit, Mac};
use multiprocessing::{Dict, Error, MESSAGE_LIMIT, Manager, Process, Result};
use rustix::process::{Pid, Resource, Rlimit, Signal, getrlimit, kill_process, setrlimit};
use serde::{Deserialize, Serialize};
use sha2::Sha256;

use crate::tools::{Bytes, eventually, stop};

crate::trials![
    a_dict_is_shared_by_processes,
    a_dict_does_what_a_dict_does,
    compare_and_set_is_atomic,
    dicts_of_other_names_are_other_dicts,
    a_dict_is_reached_over_tcp,
    a_client_without_the_secret_is_refused,
    a_client_of_another_protocol_is_disconnected,
    silent_strangers_keep_no_client_out,
    strangers_take_no_file_that_a_client_needs,
    answers_that_are_not_read_take_no_memory_and_are_given_up,
    memory_is_taken_for_bytes_that_come_and_not_for_announced_ones,
    clients_that_read_the_same_types_share_a_dict,
    a_dead_manager_is_an_error,
    a_stopped_manager_is_an_error_in_time,
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
    assert!(!dict.is_empty()?);
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

fn dicts_of_other_names_are_other_dicts() -> Result<()> {
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

fn a_client_without_the_secret_is_refused() -> Result<()> {
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

fn a_client_of_another_protocol_is_disconnected() -> Result<()> {
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
    allow_files(100);
    let manager = Manager::listen("127.0.0.1:0", b"open sesame").unwrap();
    allow_files(500);
    let address = manager.address().unwrap();
    let strangers = [(); 300].map(|()| std::net::TcpStream::connect(address).unwrap());
    let dict = Dict::<u32, u32>::connect(address, b"open sesame", "counts").unwrap();
    assert!(dict.is_empty().unwrap());
    drop(strangers);
}

fn silent_strangers_keep_no_client_out() -> Result<()> {
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

/// A stopped process takes nothing and says nothing.
fn a_stopped_manager_is_an_error_in_time() -> Result<()> {
    let manager = Manager::listen("127.0.0.1:0", b"open sesame")?;
    let address = manager.address().unwrap();
    let used: Dict<u32, u32> = manager.dict("counts");
    let far = Dict::connect(address, b"open sesame", "counts")?;
    used.set(1, 1)?;
    let unused: Dict<u32, u32> = manager.dict("counts");
    let pid = Pid::from_raw(manager.pid() as i32).unwrap();
    stop(manager.pid());
    thread::scope(|scope| {
        let waits = [&used, &unused, &far].map(|dict| scope.spawn(|| dict.get(&1)));
        let connecting = scope.spawn(|| Dict::<u32, u32>::connect(address, b"open sesame", "any"));
        for wait in waits {
            let answer = wait.join().unwrap();
            assert!(matches!(answer, Err(Error::TimedOut)), "{answer:?}");
        }
        let connected = connecting.join().unwrap();
        assert!(matches!(connected, Err(Error::TimedOut)), "{connected:?}");
    });
    // It may go on, and so may they.
    kill_process(pid, Signal::CONT).unwrap();
    for dict in [used, unused, far] {
        assert_eq!(dict.get(&1)?, Some(1));
    }
    Ok(())
}

fn allow_files(count: u64) {
    let maximum = getrlimit(Resource::Nofile).maximum;
    let current = Some(count);
    setrlimit(Resource::Nofile, Rlimit { current, maximum }).unwrap();
}

/// In a process of its own, because it changes how many files it may have open.
pub fn among_more_strangers_than_files() {
    allow_files(40);
    let manager = Manager::listen("127.0.0.1:0", b"open sesame").unwrap();
    allow_files(500);
    let address = manager.address().unwrap();
    let near: Dict<u32, u32> = manager.dict("counts");
    // More than a manager hears out in the time that a client waits, if it waits for each.
    let strangers: Vec<_> = (0..162)
        .map(|_| TcpStream::connect(address).unwrap())
        .collect();
    let far: Dict<u32, u32> = Dict::connect(address, b"open sesame", "counts").unwrap();
    far.set(1, 2).unwrap();
    assert_eq!(near.get(&1).unwrap(), Some(2));
    drop(strangers);
}

fn strangers_take_no_file_that_a_client_needs() -> Result<()> {
    Process::spawn(among_more_strangers_than_files, ())?.result()
}

/// A client that speaks the protocol by hand, and has proved that it knows the secret.
fn by_hand(address: SocketAddr, secret: &[u8]) -> TcpStream {
    let mut stream = TcpStream::connect(address).unwrap();
    let (mut theirs, ours) = ([0; 32], [7; 32]);
    stream.read_exact(&mut theirs).unwrap();
    let mut code = Hmac::<Sha256>::new_from_slice(secret).unwrap();
    for part in [b"client".as_slice(), &theirs, &ours] {
        code.update(part);
    }
    stream.write_all(&ours).unwrap();
    stream.write_all(&code.finalize().into_bytes()).unwrap();
    stream.read_exact(&mut theirs).unwrap();
    stream
}

/// The number of the request for all items.
const ITEMS: u8 = 4;

fn peak_memory(pid: u32) -> usize {
    let status = fs::read_to_string(format!("/proc/{pid}/status")).unwrap();
    let peak = status.lines().find_map(|line| line.strip_prefix("VmHWM:"));
    let kilobytes = peak.unwrap().trim().trim_end_matches(" kB");
    kilobytes.parse::<usize>().unwrap() * 1024
}

fn answers_that_are_not_read_take_no_memory_and_are_given_up() -> Result<()> {
    let manager = Manager::listen("127.0.0.1:0", b"open sesame")?;
    let address = manager.address().unwrap();
    let dict: Dict<u32, Bytes> = manager.dict("large");
    for key in 0..20 {
        dict.set(key, Bytes(vec![1; 1 << 20]))?;
    }
    let files = || {
        fs::read_dir(format!("/proc/{}/fd", manager.pid()))
            .unwrap()
            .count()
    };
    let before = files();
    let readers: Vec<_> = (0..20)
        .map(|_| {
            let mut stream = by_hand(address, b"open sesame");
            let request = postcard::to_stdvec(&("large", "(u32, bytes)", ITEMS)).unwrap();
            stream
                .write_all(&(request.len() as u64).to_le_bytes())
                .unwrap();
            stream.write_all(&request).unwrap();
            // The answer has begun, and is read no further.
            let mut length = [0; 8];
            stream.read_exact(&mut length).unwrap();
            assert!(u64::from_le_bytes(length) > 20 << 20);
            stream
        })
        .collect();
    let peak = peak_memory(manager.pid());
    assert!(peak < 150 << 20, "{peak} bytes for 20 answers of 20 MiB");
    eventually("the manager hangs up", || files() <= before);
    // The others go on.
    assert_eq!(dict.get(&3)?, Some(Bytes(vec![1; 1 << 20])));
    drop(readers);
    Ok(())
}

/// In a process of its own, because it changes how much memory it may have.
pub fn with_little_memory() {
    let status = fs::read_to_string("/proc/self/status").unwrap();
    let size = status.lines().find_map(|line| line.strip_prefix("VmSize:"));
    let kilobytes = size.unwrap().trim().trim_end_matches(" kB");
    let size = kilobytes.parse::<u64>().unwrap() * 1024;
    let maximum = getrlimit(Resource::As).maximum;
    let current = Some(size + (MESSAGE_LIMIT as u64) * 3 / 4);
    setrlimit(Resource::As, Rlimit { current, maximum }).unwrap();
    let manager = Manager::listen("127.0.0.1:0", b"open sesame").unwrap();
    let address = manager.address().unwrap();
    for announced in [MESSAGE_LIMIT as u64, MESSAGE_LIMIT as u64 + 1, u64::MAX] {
        let mut client = by_hand(address, b"open sesame");
        client.write_all(&announced.to_le_bytes()).unwrap();
        client.write_all(&[0; 10]).unwrap();
        client.shutdown(Shutdown::Write).unwrap();
        // The manager hangs up: it has dealt with it.
        let _ = client.read_to_end(&mut Vec::new());
    }
    let dict = Dict::<u32, u32>::connect(address, b"open sesame", "counts").unwrap();
    assert!(dict.is_empty().unwrap());
}

fn memory_is_taken_for_bytes_that_come_and_not_for_announced_ones() -> Result<()> {
    Process::spawn(with_little_memory, ())?.result()
}

#[derive(Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
enum Colour {
    Red,
    Green,
}

#[derive(Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
enum Light {
    Red,
    Amber,
    Green,
}

#[derive(Debug, PartialEq, Serialize, Deserialize)]
struct Point {
    x: u32,
    y: u32,
}

#[derive(Debug, PartialEq, Serialize, Deserialize)]
struct Size {
    width: u32,
    height: u32,
}

fn clients_that_read_the_same_types_share_a_dict() -> Result<()> {
    let manager = Manager::new()?;
    manager
        .dict::<Colour, Point>("any")
        .set(Colour::Green, Point { x: 1, y: 2 })?;
    let refused = |answer: Result<usize>| match answer {
        Err(Error::OtherTypes { dict, types }) => {
            assert_eq!(dict, "any");
            assert_eq!(types, "(Red|Green , {x: u32, y: u32})");
        }
        other => panic!("{other:?}"),
    };
    refused(manager.dict::<Light, Point>("any").len());
    refused(manager.dict::<Colour, Size>("any").len());
    refused(manager.dict::<Colour, (u32, u32)>("any").len());
    refused(manager.dict::<Colour, u32>("any").len());
    assert_eq!(manager.dict::<Colour, Point>("any").len()?, 1);
    // Another name for the same.
    manager
        .dict::<String, u8>("text")
        .set("one".to_owned(), 1)?;
    assert_eq!(
        manager.dict::<Box<str>, u8>("text").get(&"one".into())?,
        Some(1)
    );
    Ok(())
}
