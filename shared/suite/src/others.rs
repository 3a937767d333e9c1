//! Servers of other projects. A test that needs one that is not installed says so and passes.

use std::fs;
use std::io::{BufRead, BufReader};
use std::net::{Ipv4Addr, TcpListener, TcpStream};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::thread;
use std::time::Duration;

use shared::download::Job;
use shared::server::{CATS, Site, cat};
use tempfile::TempDir;
use url::Url;

use crate::peers::Authority;
use crate::program::receipt;

/// The pages of the story, as files.
fn pages() -> TempDir {
    let folder = TempDir::new().expect("a temporary folder");
    for name in ["cats", "sites"] {
        fs::create_dir(folder.path().join(name)).expect("a new folder");
    }
    let write = |name: &str, body: &[u8]| {
        fs::write(folder.path().join(name), body).expect("a disk with space");
    };
    for number in 1..=CATS {
        write(&format!("cats/{number}.jpg"), &cat(number));
    }
    for site in [Site::Large, Site::Small] {
        write(site.path(), &site.body());
    }
    folder
}

/// A server that ends with the test.
struct Other {
    child: Child,
    url: Url,
}

impl Drop for Other {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// `None` if the program is not installed.
pub(crate) fn spawn(command: &mut Command) -> Option<Child> {
    match command.spawn() {
        Ok(child) => Some(child),
        Err(_) => {
            let name = command.get_program().display();
            eprintln!("skipped: {name} is not installed");
            None
        }
    }
}

/// nginx with these files: as they are, over TLS as `localhost`, for few requests at a time below `/limited/`, and only
/// the beginnings of them below `/part/`.
fn nginx(folder: &Path, authority: &Authority) -> Option<(Other, Url)> {
    let (certificate, key) = authority.vouch_for("localhost");
    fs::write(folder.join("certificate.pem"), certificate).expect("a disk with space");
    fs::write(folder.join("key.pem"), key).expect("a disk with space");
    let here = folder.display();
    // nginx cannot say which port it was given: another program may take it first.
    for _ in 0..10 {
        let (plain, secure) = (free_port(), free_port());
        let rules = format!(
            "daemon off; master_process off; pid {here}/pid; error_log {here}/errors;
            events {{ worker_connections 512; }}
            http {{
                client_body_temp_path {here}/t1; proxy_temp_path {here}/t2; fastcgi_temp_path {here}/t3;
                uwsgi_temp_path {here}/t4; scgi_temp_path {here}/t5;
                log_format reuse '$connection_requests $sent_http_content_encoding'; access_log {here}/log reuse;
                types {{ image/jpeg jpg; }} default_type text/html;
                gzip on; gzip_min_length 1;
                limit_req_zone $binary_remote_addr zone=few:1m rate=20r/s; limit_req_status 503;
                server {{
                    listen 127.0.0.1:{plain}; root {here};
                    location /limited/ {{ alias {here}/; limit_req zone=few; }}
                    location /part/ {{ proxy_pass http://127.0.0.1:{plain}/; proxy_set_header Range bytes=0-99; }}
                }}
                server {{
                    listen 127.0.0.1:{secure} ssl; root {here};
                    ssl_certificate {here}/certificate.pem; ssl_certificate_key {here}/key.pem;
                }}
            }}"
        );
        fs::write(folder.join("rules"), rules).expect("a disk with space");
        let mut command = Command::new("nginx");
        command
            .arg("-p")
            .arg(folder)
            .arg("-c")
            .arg(folder.join("rules"));
        let mut child = spawn(command.stderr(Stdio::null()))?;
        while child.try_wait().expect("a child").is_none() {
            if TcpStream::connect((Ipv4Addr::LOCALHOST, secure)).is_ok() {
                let url = |text: String| text.parse().expect("an address makes a URL");
                let server = Other {
                    child,
                    url: url(format!("http://127.0.0.1:{plain}/")),
                };
                return Some((server, url(format!("https://localhost:{secure}/"))));
            }
            thread::sleep(Duration::from_millis(5));
        }
    }
    let errors = fs::read_to_string(folder.join("errors")).unwrap_or_default();
    panic!("nginx does not start: {errors}");
}

fn free_port() -> u16 {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).expect("a free port");
    listener.local_addr().expect("an address").port()
}

#[allow(missing_docs)]
pub fn pages_from_nginx_are_right_to_the_last_byte(program: &str) {
    let (folder, authority) = (pages(), Authority::new());
    let Some((server, secure)) = nginx(folder.path(), &authority) else {
        return;
    };
    let url = &server.url;
    let log = || fs::read_to_string(folder.path().join("log")).expect("a log");

    // Many pages over few connections.
    let expected = Job::cats(url, 2, 1).expected().expect("known photos");
    let photos = receipt(
        program,
        &format!("cats --size 2 --workers 4 --server {url}"),
    );
    assert!(photos.same_work(&expected), "{photos:?}");
    assert!(
        log().lines().any(|line| line.starts_with("10 ")),
        "no connection was kept: {}",
        log()
    );

    // Packed, and over TLS.
    let expected = Job::sites(url, 1, Duration::ZERO, 1)
        .expected()
        .expect("known sites");
    let authority = authority.file().display();
    for (base, flags) in [(url, String::new()), (&secure, format!("--ca {authority}"))] {
        let arguments = format!("sites {base}sites/large {base}sites/small {flags}");
        let sites = receipt(program, &arguments);
        assert!(sites.same_work(&expected), "{arguments}: {sites:?}");
    }
    let packed = log().lines().filter(|line| line.ends_with(" gzip")).count();
    assert_eq!(packed, 4, "{}", log());

    // A range without a request for one is not the page.
    let part = format!("sites {url}part/cats/1.jpg --keep-going");
    let part = receipt(program, &part);
    assert_eq!(part.tries.to_string(), "1 corrupt", "{part:?}");

    // Bursts of 503: another try helps.
    let photos: String = (1..=CATS)
        .map(|number| format!("{url}limited/cats/{number}.jpg "))
        .collect();
    let expected = Job::cats(url, 1, 1).expected().expect("known photos");
    let limited = receipt(program, &format!("sites {photos} --workers 4 --tries 50"));
    assert!(limited.same_answer(&expected), "{limited:?}");
    assert!(
        limited.tries.troubles().total() > 0,
        "nginx limits nothing: {limited:?}"
    );
}

#[allow(missing_docs)]
pub fn pages_from_a_server_without_keep_alive_are_right_to_the_last_byte(program: &str) {
    let folder = pages();
    let mut command = Command::new("python3");
    command.args([
        "-u",
        "-m",
        "http.server",
        "0",
        "--bind",
        "127.0.0.1",
        "--directory",
    ]);
    command
        .arg(folder.path())
        .stdout(Stdio::piped())
        .stderr(Stdio::null());
    let Some(mut child) = spawn(&mut command) else {
        return;
    };
    // Serving HTTP on 127.0.0.1 port 12345 (http://127.0.0.1:12345/) ...
    let mut line = String::new();
    let mut stdout = BufReader::new(child.stdout.take().expect("a pipe"));
    stdout.read_line(&mut line).expect("a line");
    let url = line
        .split(['(', ')'])
        .nth(1)
        .expect("an address in brackets");
    let url: Url = url.parse().expect("a URL");
    let server = Other { child, url };

    let expected = Job::cats(&server.url, 1, 1)
        .expected()
        .expect("known photos");
    let photos = receipt(
        program,
        &format!("cats --size 1 --workers 4 --server {}", server.url),
    );
    assert!(photos.same_work(&expected), "{photos:?}");
}
