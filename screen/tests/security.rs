//! Secure although local. Each test sends bytes over a real socket; what reaches the gatekeeper is written down.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::string_slice,
    clippy::wildcard_enum_match_arm,
    clippy::let_underscore_must_use,
    reason = "test code: a failure should end the test"
)]

mod common;

use common::{Browser, Server};
use tokio::io::AsyncWriteExt;

/// A body of a touch that would change something.
const PAUSE: &str = "scope=all&for=trip";

#[tokio::test]
async fn a_name_that_was_bound_to_this_address_is_turned_away_on_every_route() {
    let server = Server::start().await;
    let browser = server.enter(1).await;
    for path in server.paths(&browser).await {
        for host in ["evil.example", &format!("evil.example:{}", server.port()), "127.0.0.1", "127.0.0.1:1"] {
            let answer = server.raw(&format!("GET {path} HTTP/1.1\r\nHost: {host}\r\nCookie: {}\r\nConnection: close\r\n\r\n", browser.cookie)).await;
            assert_eq!(answer.status, 421, "{path} for {host}");
        }
    }
    let own = format!("Host: 127.0.0.1:{}\r\n", server.port());
    for head in
        ["GET / HTTP/1.1\r\n".to_owned(), format!("GET / HTTP/1.1\r\n{own}Host: evil.example\r\n"), format!("GET http://evil.example/ HTTP/1.1\r\n{own}")]
    {
        let answer = server.raw(&format!("{head}Cookie: {}\r\nConnection: close\r\n\r\n", browser.cookie)).await;
        assert!([400, 421].contains(&answer.status), "{head}: {}", answer.status);
    }
    assert_eq!(server.get("/people", &browser).await.status, 200, "and its own name is served");
}

#[tokio::test]
async fn another_origin_changes_nothing() {
    let server = Server::start().await;
    let browser = server.enter(1).await;
    let before = server.asked();
    for headers in [
        "Origin: http://evil.example\r\n",
        "Origin: null\r\n",
        "Origin: http://127.0.0.1:1\r\n",
        "Sec-Fetch-Site: cross-site\r\n",
        "Sec-Fetch-Site: same-site\r\nOrigin: http://127.0.0.1:1\r\n",
    ] {
        assert_eq!(server.post("/api/1/pause", PAUSE, headers, &browser).await.status, 403, "{headers}");
    }
    assert_eq!(server.asked(), before, "nothing of it reached the gatekeeper");
    let own = format!("Sec-Fetch-Site: same-origin\r\nOrigin: http://127.0.0.1:{}\r\n", server.port());
    assert_eq!(server.post("/api/1/theme", "theme=dark", &own, &browser).await.status, 303);
}

#[tokio::test]
async fn another_origin_reads_nothing_and_may_only_open_pages() {
    let server = Server::start().await;
    let browser = server.enter(1).await;
    let read = |path: &'static str, headers: &'static str| {
        let (server, browser) = (&server, &browser);
        async move { server.get_with(path, headers, browser).await.status }
    };
    assert_eq!(read("/api/1/openapi.json", "Sec-Fetch-Site: same-site\r\nSec-Fetch-Mode: cors\r\nSec-Fetch-Dest: empty\r\n").await, 403);
    assert_eq!(read("/api/1/openapi.json", "Sec-Fetch-Site: cross-site\r\nSec-Fetch-Mode: navigate\r\nSec-Fetch-Dest: document\r\n").await, 403);
    assert_eq!(read("/api/1/events", "Sec-Fetch-Site: same-site\r\nSec-Fetch-Mode: cors\r\nSec-Fetch-Dest: empty\r\n").await, 403);
    assert_eq!(read("/", "Sec-Fetch-Site: same-site\r\nSec-Fetch-Mode: cors\r\nSec-Fetch-Dest: empty\r\n").await, 403);
    assert_eq!(read("/assets/app.js", "Sec-Fetch-Site: cross-site\r\nSec-Fetch-Mode: no-cors\r\nSec-Fetch-Dest: script\r\n").await, 403);
    assert_eq!(read("/people", "Sec-Fetch-Site: same-site\r\nSec-Fetch-Mode: navigate\r\nSec-Fetch-Dest: iframe\r\n").await, 200, "frame-ancestors judges it");
    assert_eq!(read("/people", "Sec-Fetch-Site: none\r\nSec-Fetch-Mode: navigate\r\nSec-Fetch-Dest: document\r\n").await, 200);
    assert_eq!(read("/api/1/openapi.json", "Sec-Fetch-Site: same-origin\r\n").await, 200);
}

#[tokio::test]
async fn another_local_process_neither_gives_consent_nor_reads_a_persons_data() {
    let server = Server::start().await;
    let browser = server.enter(1).await;
    let paths = server.paths(&browser).await;
    let before = server.asked();
    let other = |cookie: &str| Browser { cookie: cookie.to_owned(), user: 2 };
    // Without a cookie, with one that it made up, with one that it stole.
    for intruder in [other(""), other("__Host-gate=0123456789abcdef.1.2"), other(&browser.cookie)] {
        for path in paths.iter().filter(|path| !path.starts_with("/assets/")) {
            let answer = server.get(path, &intruder).await;
            assert!([401, 403, 405].contains(&answer.status), "GET {path}: {}", answer.status);
            let answer = server.post(path, "answer=allow&use=traffic&scope=all&for=trip&theme=dark&language=de", "", &intruder).await;
            assert!([401, 405].contains(&answer.status), "POST {path}: {}", answer.status);
        }
    }
    assert_eq!(server.asked(), before, "nothing of it reached the gatekeeper");
    assert_eq!(server.get("/people", &browser).await.status, 200, "and the person's own browser goes on");
}

#[tokio::test]
async fn a_code_enters_once_within_a_minute_and_never_to_another_host() {
    let server = Server::start().await;
    let code = server.code();
    let first = server.get(&format!("/enter?code={code}&to=//evil.example/"), &Browser::new(1)).await;
    assert_eq!((first.status, first.header("location")), (303, Some("/")));
    let cookie = first.header("set-cookie").unwrap().to_owned();
    for part in ["__Host-gate=", "Path=/", "Secure", "HttpOnly", "SameSite=Strict"] {
        assert!(cookie.contains(part), "{cookie}");
    }
    assert!(!cookie.contains("Domain"), "{cookie}");
    assert_eq!(server.get(&format!("/enter?code={code}"), &Browser::new(1)).await.status, 403, "used");
    let old = server.code();
    server.forward(60_000);
    assert_eq!(server.get(&format!("/enter?code={old}"), &Browser::new(1)).await.status, 403, "too old");
    assert_eq!(server.get("/enter", &Browser::new(1)).await.status, 403);
    assert_eq!(server.get("/enter?code=%00%ff&code=x", &Browser::new(1)).await.status, 400);
}

#[tokio::test]
async fn codes_that_do_not_hold_are_limited_and_one_that_holds_still_enters() {
    let server = Server::start().await;
    let mut last = 0;
    for _ in 0..30 {
        last = server.get("/enter?code=guess", &Browser::new(2)).await.status;
    }
    assert_eq!(last, 429);
    server.enter(1).await;
}

#[tokio::test]
async fn a_session_has_its_rate_and_its_end() {
    let server = Server::start().await;
    let (busy, other) = (server.enter(1).await, server.enter(1).await);
    let mut statuses = Vec::new();
    for _ in 0..140 {
        statuses.push(server.get("/api/1/openapi.json", &busy).await.status);
    }
    assert_eq!((statuses[0], statuses[139]), (200, 429));
    assert_eq!(server.get("/api/1/openapi.json", &other).await.status, 200, "another session has a rate of its own");
    server.forward(12 * 3_600_000);
    assert_eq!(server.get("/", &other).await.status, 401);
}

#[tokio::test]
async fn bodies_heads_and_kinds_are_bounded() {
    let server = Server::start().await;
    let browser = server.enter(1).await;
    let large = format!("theme=dark&back={}", "x".repeat(20_000));
    assert_eq!(server.post("/api/1/theme", &large, "", &browser).await.status, 413);
    let chunked = format!(
        "POST /api/1/theme HTTP/1.1\r\nHost: 127.0.0.1:{}\r\nCookie: {}\r\nContent-Type: application/json\r\nTransfer-Encoding: chunked\r\nConnection: close\r\n\r\nffffff\r\n{}",
        server.port(),
        browser.cookie,
        "x".repeat(20_000)
    );
    assert_eq!(server.raw(&chunked).await.status, 413);
    let head = format!("GET / HTTP/1.1\r\nHost: 127.0.0.1:{}\r\nX: {}\r\n\r\n", server.port(), "x".repeat(40_000));
    assert_eq!(server.raw(&head).await.status, 431);
    let plain = format!(
        "POST /api/1/theme HTTP/1.1\r\nHost: 127.0.0.1:{}\r\nCookie: {}\r\nContent-Type: text/plain\r\nContent-Length: 2\r\nConnection: close\r\n\r\n{{}}",
        server.port(),
        browser.cookie
    );
    assert_eq!(server.raw(&plain).await.status, 415, "a form of another site can send text/plain");
}

#[tokio::test]
async fn events_need_a_session_and_are_bounded() {
    let server = Server::start().await;
    assert_eq!(server.get("/api/1/events", &Browser::new(1)).await.status, 401);
    let browser = server.enter(1).await;
    let mut open = Vec::new();
    for _ in 0..16 {
        let mut stream = server.events(&browser).await;
        assert!(stream.next().await.contains("\"driving\":\"parked\""));
        open.push(stream);
    }
    assert_eq!(server.get("/api/1/events", &browser).await.status, 429);
    drop(open.pop());
    let mut again = 0;
    for _ in 0..50 {
        let mut stream = server.events(&browser).await;
        again = stream.status().await;
        if again == 200 {
            break;
        }
        tokio::time::sleep(std::time::Duration::from_millis(50)).await;
    }
    assert_eq!(again, 200, "a place that was left is free");
}

#[tokio::test]
async fn who_holds_connections_open_in_silence_takes_no_place_from_another() {
    let server = Server::start().await;
    let browser = server.enter(1).await;
    let mut idle = Vec::new();
    for _ in 0..200 {
        let mut stream = server.connect(2).await;
        // Half a head; those beyond the user's share are closed.
        let _ = stream.write_all(b"GET / HTTP/1.1\r\nHost:").await;
        idle.push(stream);
    }
    let served = tokio::time::timeout(std::time::Duration::from_secs(5), server.get("/people", &browser)).await;
    assert_eq!(served.expect("served at once").status, 200);
    assert_eq!(server.get("/people", &Browser::new(2)).await.status, 0, "whose places are taken waits for themselves");
    drop(idle);
    let mut status = 0;
    for _ in 0..50 {
        status = server.get("/people", &Browser::new(2)).await.status;
        if status != 0 {
            break;
        }
        tokio::time::sleep(std::time::Duration::from_millis(50)).await;
    }
    assert_eq!(status, 401, "a place that was left is free");
}

#[tokio::test]
async fn connections_of_all_users_are_bounded_too() {
    let server = Server::start().await;
    let mut idle = Vec::new();
    for user in 2..8 {
        for _ in 0..48 {
            idle.push(server.connect(user).await);
        }
    }
    assert_eq!(server.get("/people", &Browser::new(9)).await.status, 0);
    drop(idle);
    tokio::time::sleep(std::time::Duration::from_millis(200)).await;
    assert_eq!(server.get("/people", &server.enter(1).await).await.status, 200, "and it lives");
}

#[tokio::test]
async fn an_old_browser_that_tells_only_the_origin_is_judged_by_it() {
    let server = Server::start().await;
    let browser = server.enter(1).await;
    for path in ["/api/1/events", "/api/1/openapi.json", "/people"] {
        for origin in ["http://evil.example", "null", "http://127.0.0.1:1", "https://127.0.0.1"] {
            assert_eq!(server.get_with(path, &format!("Origin: {origin}\r\n"), &browser).await.status, 403, "{path} for {origin}");
        }
    }
    let own = format!("Origin: http://127.0.0.1:{}\r\n", server.port());
    assert_eq!(server.get_with("/people", &own, &browser).await.status, 200);
}

#[tokio::test]
async fn nobody_frames_the_page_but_who_is_named() {
    let server = Server::start().await;
    let answer = server.get("/", &server.enter(1).await).await;
    assert!(answer.header("content-security-policy").unwrap().contains("frame-ancestors 'none'"));
    assert_eq!(answer.header("x-frame-options"), Some("DENY"));
    let framed = Server::framed_by("http://127.0.0.1:7680").await;
    let answer = framed.get("/", &framed.enter(1).await).await;
    assert!(answer.header("content-security-policy").unwrap().contains("frame-ancestors http://127.0.0.1:7680;"));
    assert_eq!(answer.header("x-frame-options"), None);
}

#[test]
fn who_may_frame_is_an_origin_and_nothing_that_opens_the_policy() {
    use consent_screen::serve::is_origin;
    assert!(["http://127.0.0.1:7680", "https://desk.example", "http://[::1]:80"].iter().all(|origin| is_origin(origin)));
    for wrong in
        ["", "*", "http://", "127.0.0.1:80", "http://x; script-src *", "http://x http://y", "http://x/path", "javascript:x", "http://x\r\nA: b", "http://*"]
    {
        assert!(!is_origin(wrong), "{wrong}");
    }
}

#[tokio::test]
async fn every_answer_carries_the_headers_that_keep_a_browser_strict() {
    let server = Server::start().await;
    let browser = server.enter(1).await;
    for (path, browser) in [
        ("/", &browser),
        ("/", &Browser::new(2)),
        ("/api/1/openapi.json", &browser),
        ("/assets/app.js", &browser),
        ("/nowhere", &browser),
        ("/enter", &browser),
    ] {
        let answer = server.get(path, browser).await;
        let policy = answer.header("content-security-policy").unwrap();
        for part in
            ["default-src 'none'", "script-src 'self'", "require-trusted-types-for 'script'", "trusted-types gate", "base-uri 'none'", "form-action 'self'"]
        {
            assert!(policy.contains(part), "{path}: {policy}");
        }
        assert!(!policy.contains("unsafe"), "{policy}");
        for (name, value) in [
            ("x-content-type-options", "nosniff"),
            ("referrer-policy", "no-referrer"),
            ("cache-control", "no-store"),
            ("cross-origin-opener-policy", "same-origin"),
            ("cross-origin-resource-policy", "same-origin"),
        ] {
            assert_eq!(answer.header(name), Some(value), "{path}");
        }
        assert!(answer.header("permissions-policy").is_some_and(|policy| policy.contains("geolocation=()")));
    }
}

#[tokio::test]
async fn no_input_stops_the_server() {
    let server = Server::start().await;
    let browser = server.enter(1).await;
    let mut seed = 0x2545_F491_4F6C_DD1D_u64;
    let mut random = move || {
        seed ^= seed << 13;
        seed ^= seed >> 7;
        seed ^= seed << 17;
        seed
    };
    for _ in 0..100 {
        let bytes: Vec<u8> = (0..random() % 400).map(|_| u8::try_from(random() & 0xff).unwrap()).collect();
        server.send(&bytes).await;
    }
    for head in ["PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", "GET /\r\n", "OPTIONS * HTTP/1.1\r\nConnection: close\r\n", "GET / HTTP/1.0\r\n"] {
        assert!([0, 400, 421].contains(&server.raw(&format!("{head}\r\n")).await.status), "{head}");
    }
    for method in ["PUT", "DELETE", "PATCH", "TRACE", "CONNECT", "PROPFIND"] {
        let request = format!("{method} /people HTTP/1.1\r\nHost: 127.0.0.1:{}\r\nCookie: {}\r\nConnection: close\r\n\r\n", server.port(), browser.cookie);
        assert!([403, 405].contains(&server.raw(&request).await.status), "{method}");
    }
    for path in [
        "/%00",
        "/%ff%fe",
        "/assets/..%2f..%2fCargo.toml",
        "/assets/../Cargo.toml",
        "//",
        "/choices/%F0%9F%9A%97",
        "/api/1/%2e%2e",
        "/?window=%00&window=day",
        "/api/1/openapi.json?%",
    ] {
        let status = server.get(path, &browser).await.status;
        assert!((200..500).contains(&status) || status == 503, "{path}: {status}");
    }
    for body in ["", "&&&&", "=", "theme=%", "theme=purple", "%00=%ff", "theme=dark&theme=light"] {
        let status = server.post("/api/1/theme", body, "", &browser).await.status;
        assert!((300..500).contains(&status), "{body}: {status}");
    }
    assert_eq!(server.get("/people", &browser).await.status, 200);
}

#[tokio::test]
async fn two_browsers_at_once_have_a_theme_each_and_hear_of_each_others_touches() {
    let server = Server::start().await;
    let (first, second) = (server.enter(1).await, server.enter(1).await);
    let mut stream = server.events(&second).await;
    let before = stream.next().await;
    assert_eq!(server.post("/api/1/theme", "theme=dark&back=/&at=display", "", &first).await.status, 303);
    let after = stream.next().await;
    assert_ne!(before, after, "a touch in one browser is news to the other");
    assert!(server.get("/people", &first).await.body.contains("data-theme=\"dark\""));
    assert!(!server.get("/people", &second).await.body.contains("data-theme=\"dark\""));
}
