//! The file of this program, which its workers run, too.

use std::fs;
use std::os::unix::ffi::OsStrExt;
use std::path::{Path, PathBuf};

use crate::error::{Error, Result};

/// What a worker runs: this program, also after its file was replaced or removed.
const THIS: &str = "/proc/self/exe";

/// The path under which this program can be started again.
///
/// Started as `ld-linux-x86-64.so.2 PROGRAM`, a process is the loader to the system. Its code is in the
/// program's file all the same, and that is mapped.
///
/// # Errors
///
/// If /proc is not mounted, or the loader's program has no file any more.
pub(crate) fn path() -> Result<PathBuf> {
    let executed = fs::read_link(THIS).map_err(Error::io(
        "start this program again: /proc/self/exe has to be there, so mount /proc",
    ))?;
    if !is_loader(&executed) {
        return Ok(PathBuf::from(THIS));
    }
    let maps = fs::read_to_string("/proc/self/maps").map_err(Error::io("read /proc/self/maps"))?;
    let here = path as fn() -> Result<PathBuf> as usize;
    let file = file_at(&maps, here).filter(|file| file.is_file());
    file.ok_or(Error::Protocol(
        "the dynamic loader was started with a program whose file is gone",
    ))
}

fn is_loader(path: &Path) -> bool {
    let name = path.file_name().unwrap_or_default().as_bytes();
    name.starts_with(b"ld") && name.windows(3).any(|part| part == b".so")
}

/// The file that is mapped at an address, as `/proc/self/maps` has it.
fn file_at(maps: &str, address: usize) -> Option<PathBuf> {
    let line = maps.lines().find(|line| {
        let range = line.split(' ').next().and_then(|it| it.split_once('-'));
        let number = |text| usize::from_str_radix(text, 16).unwrap_or(0);
        range.is_some_and(|(start, end)| (number(start)..number(end)).contains(&address))
    })?;
    Some(PathBuf::from(&line[line.find('/')?..]))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_loader_is_known_by_its_name() {
        for loader in [
            "/lib64/ld-linux-x86-64.so.2",
            "/lib/ld-2.31.so",
            "/lib/ld-musl-x86_64.so.1",
        ] {
            assert!(is_loader(Path::new(loader)));
        }
        for program in ["/usr/bin/ld", "/home/me/ladder", "/usr/lib/libc.so.6"] {
            assert!(!is_loader(Path::new(program)));
        }
    }

    #[test]
    fn the_file_of_an_address_is_the_one_that_is_mapped_there() {
        let maps = "1000-2000 r--p 0 0:1 5    /lib/ld.so\n\
                    3000-5000 r-xp 0 0:1 6    /a program\n\
                    6000-7000 rw-p 0 0:0 0\n";
        assert_eq!(file_at(maps, 0x4fff), Some("/a program".into()));
        assert_eq!(file_at(maps, 0x6000), None);
        assert_eq!(file_at(maps, 0x5000), None);
    }
}
