//! Behind a real nginx: what its defaults break is said with the line that mends it, and with that line writes arrive.

use super::Home;
use serde_json::Value;
use std::io::{Read as _, Write as _};
use std::net::{TcpListener, TcpStream};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

/// The lines of `docs/proxy.md` inside `location /`.
fn documented() -> String {
    let page = include_str!("../../../docs/proxy.md");
    let lines = page.lines().map(str::trim).skip_while(|line| !line.starts_with("location / {")).skip(1);
    lines.take_while(|line| *line != "}").filter(|line| !line.starts_with("proxy_pass")).collect::<Vec<_>>().join("\n")
}

struct Nginx {
    child: Child,
    port: u16,
}

impl Nginx {
    /// One in front of `upstream`, in a process of its own that ends with the value.
    fn start(program: &Path, dir: &Path, upstream: &str, lines: &str) -> Self {
        let port = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
        let dir = dir.display();
        let temp: String = ["client_body", "proxy", "fastcgi", "uwsgi", "scgi"]
            .map(|name| format!("{name}_temp_path {dir}/nginx-{name};\n"))
            .concat();
        let config = format!(
            "daemon off; master_process off; pid {dir}/nginx.pid; error_log {dir}/nginx.log;\nevents {{}}\nhttp {{\n\
             access_log off;\n{temp}server {{ listen 127.0.0.1:{port};\n\
             location / {{ proxy_pass http://{upstream};\n{lines}\n}} }}\n}}\n"
        );
        let path = format!("{dir}/nginx.conf");
        std::fs::write(&path, config).unwrap();
        let mut command = Command::new(program);
        command.args(["-c", &path, "-e", &format!("{dir}/nginx.log")]).stdin(Stdio::null()).stdout(Stdio::null());
        let nginx = Self { child: command.spawn().unwrap(), port };
        let end = Instant::now() + Duration::from_secs(20);
        while TcpStream::connect(("127.0.0.1", port)).is_err() {
            let log = std::fs::read_to_string(format!("{dir}/nginx.log")).unwrap_or_default();
            assert!(Instant::now() < end, "nginx does not answer: {log}");
            std::thread::park_timeout(Duration::from_millis(20));
        }
        nginx
    }

    /// A write as a browser sends it from the page that this nginx serves, with further headers: status and body.
    fn write(&self, name: &str, headers: &str) -> (u16, Value) {
        let host = format!("localhost:{}", self.port);
        let body = format!("{{\"name\":\"{name}\"}}");
        let mut stream = TcpStream::connect(("127.0.0.1", self.port)).unwrap();
        write!(
            stream,
            "POST /api/v1/collections HTTP/1.1\r\nHost: {host}\r\nOrigin: http://{host}\r\nSec-Fetch-Site: same-origin\r\n\
             Content-Type: application/json\r\nContent-Length: {}\r\n{headers}Connection: close\r\n\r\n{body}",
            body.len()
        )
        .unwrap();
        let mut answer = String::new();
        stream.read_to_string(&mut answer).unwrap();
        let status = answer.split(' ').nth(1).and_then(|s| s.parse().ok()).unwrap_or(0);
        let begin = answer.find('{').unwrap_or(answer.len());
        let end = answer.rfind('}').map_or(begin, |end| end + 1);
        (status, serde_json::from_str(&answer[begin..end]).unwrap_or_default())
    }
}

impl Drop for Nginx {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

#[test]
fn a_browser_behind_nginx_is_told_the_line_that_is_missing() {
    let found = ["/usr/sbin/nginx", "/usr/bin/nginx", "/usr/local/sbin/nginx", "/opt/homebrew/bin/nginx"];
    let Some(program) = found.map(Path::new).into_iter().find(|path| path.exists()) else {
        assert!(std::env::var_os("CI").is_none_or(|ci| ci != "true"), "the test with nginx cannot be skipped in CI");
        eprintln!("SKIPPED the test behind a proxy: there is no nginx (on Debian: apt-get install nginx-light)");
        return;
    };
    let home = Home::new();
    let server = home.serve("serve --listen 127.0.0.1:0");
    let upstream = server.url.trim_start_matches("http://").trim_end_matches('/');
    {
        let nginx = Nginx::start(program, home.path(), upstream, "");
        let (status, body) = nginx.write("Acme", "");
        let error = &body["error"];
        assert_eq!((status, &error["code"]), (403, &"cross_site".into()), "{body}");
        let message = error["message"].as_str().unwrap();
        let origin = format!("http://localhost:{}", nginx.port);
        for part in [origin.as_str(), upstream, "proxy_set_header Host $http_host;"] {
            assert!(message.contains(part), "{part} is missing: {message}");
        }
        assert_eq!((&error["details"]["origin"], &error["details"]["host"]), (&origin.into(), &upstream.into()));
    }
    let lines = documented();
    assert!(lines.contains("proxy_set_header Host $http_host;"), "{lines}");
    {
        // Without a token whoever reaches the proxy could do everything.
        let nginx = Nginx::start(program, home.path(), upstream, &lines);
        let (status, body) = nginx.write("Acme", "");
        assert_eq!((status, &body["error"]["code"]), (403, &"proxied_without_token".into()), "{body}");
    }
    drop(server);
    let server = home.serve("serve --listen 127.0.0.1:0 --token right --trusted-proxies 127.0.0.1");
    let upstream = server.url.trim_start_matches("http://").trim_end_matches('/');
    let nginx = Nginx::start(program, home.path(), upstream, &lines);
    let ask = |token: &str, from: &str| {
        nginx.write("Acme", &format!("Authorization: Bearer {token}\r\nX-Forwarded-For: {from}\r\n"))
    };
    assert_eq!(ask("right", "198.51.100.9").0, 201);
    // Who guesses is shut out, and nobody else.
    for _ in 0..20 {
        assert_eq!(ask("wrong", "198.51.100.9").0, 401);
    }
    assert_eq!(ask("right", "198.51.100.9").0, 429);
    let (status, body) = ask("right", "198.51.100.10");
    assert_eq!((status, &body["error"]["code"]), (409, &"name_taken".into()), "{body}");
}
