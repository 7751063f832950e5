//! Requests that are profiled, and traces that go from one process to the next.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE;
use hmac::{Hmac, KeyInit, Mac};
use sha1::Sha1;
use tracerank_record::{Config, Headers, Profiler, Request};
use tracing::info_span;

use crate::recorded::{KEY, Recording};

const BASE: &str = "f12e75d5-5d59-4cbc-b74d-357f19290dd7";
const PARENT: &str = "603f1fab-be78-438d-af13-d94ed3b7e416";

fn sign(key: &str, json: &str) -> Headers {
    let info = URL_SAFE.encode(json);
    let mut mac = Hmac::<Sha1>::new_from_slice(key.as_bytes()).unwrap();
    mac.update(info.as_bytes());
    let digits = mac.finalize().into_bytes().into_iter().flat_map(|byte| [byte >> 4, byte & 15]);
    let hmac = digits.filter_map(|digit| char::from_digit(digit.into(), 16)).collect();
    Headers { info, hmac }
}

fn accept(recording: &Recording, headers: &Headers) -> Option<Request> {
    recording.profiler.accept(Some(headers.info.as_bytes()), Some(headers.hmac.as_bytes()))
}

fn span() {
    info_span!("a").in_scope(|| ());
}

#[test]
fn nothing_is_written_outside_of_a_request() {
    let recording = Recording::new();
    recording.outside(span);
    let request = recording.request();
    recording.outside(span);
    drop(request);
    recording.outside(|| {
        let begun_before = info_span!("before");
        recording.request().in_scope(|| begun_before.in_scope(|| ()));
    });
    assert_eq!(recording.lines(), []);
}

#[test]
fn only_a_key_begins_a_request() {
    let recording = Recording::with(|config| config.hmac_keys("second, größe ,,"));
    for key in [KEY, "second", "größe"] {
        assert!(recording.profiler.request(key).is_some(), "{key}");
    }
    for key in ["", "secret", "secret_word ", "SECRET_WORD", "secret_word,second", ","] {
        assert!(recording.profiler.request(key).is_none(), "{key}");
    }
}

#[test]
fn a_profiler_that_is_off_opens_no_log() {
    let folder = tempfile::TempDir::new().unwrap();
    let path = folder.path().join("log");
    for config in [Config::new(&path).hmac_key(KEY).enabled(false), Config::default()] {
        let profiler = Profiler::from_config(config).unwrap();
        assert!(profiler.request(KEY).is_none());
        let headers = sign(KEY, &format!("{{\"base_id\": \"{BASE}\"}}"));
        assert!(profiler.accept(Some(headers.info.as_bytes()), Some(headers.hmac.as_bytes())).is_none());
    }
    assert!(!path.exists());
}

#[test]
fn a_log_that_cannot_be_opened_is_an_error_with_its_path() {
    let folder = tempfile::TempDir::new().unwrap();
    let error = Profiler::from_config(Config::new(folder.path().join("no/such/folder")).hmac_key(KEY)).unwrap_err();
    let expected =
        format!("{}/no/such/folder: can't be opened for writing: No such file or directory", folder.path().display());
    assert_eq!(error.to_string(), expected);
    let error = Profiler::from_config(Config::new(folder.path()).hmac_key(KEY)).unwrap_err();
    assert!(error.to_string().ends_with(": can't be opened for writing: Is a directory"), "{error}");
}

#[test]
fn a_request_goes_on_in_another_process() {
    let (here, there) = (Recording::new(), Recording::with(|config| config.hmac_key("another")));
    let headers = here.inside(|| {
        let _a = info_span!("a").entered();
        Request::current().unwrap().headers()
    });
    let request = accept(&there, &headers).unwrap();
    there.outside(|| request.in_scope(span));
    let (one, two) = (here.lines(), there.lines());
    assert_eq!(request.base_id(), one[0].base);
    drop(request);
    let two = if two.is_empty() { there.lines() } else { two };
    assert_eq!((&two[0].base, &two[0].parent), (&one[0].base, &one[0].id));
    // And back, with the same key.
    let back = accept(&there, &headers).unwrap().headers();
    assert!(accept(&here, &back).is_some());
}

#[test]
fn what_other_processes_may_say() {
    let recording = Recording::new();
    for (json, parent) in [
        (format!("{{\"base_id\": \"{BASE}\", \"parent_id\": \"{PARENT}\"}}"), PARENT),
        (format!("{{\"base_id\":\"{BASE}\",\"parent_id\":\"{BASE}\"}}"), BASE),
        (format!("{{\"base_id\": \"{BASE}\"}}"), BASE),
        (format!("{{\"base_id\": \"{BASE}\", \"parent_id\": null}}"), BASE),
        (format!("{{\"base_id\": \"{BASE}\", \"parent_id\": \"\"}}"), BASE),
        (
            format!("{{\"base_id\": \"gr\\u00f6\\u00dfe/7\", \"parent_id\": \"{}\"}}", PARENT.to_uppercase()),
            &PARENT.to_uppercase(),
        ),
    ] {
        let request = accept(&recording, &sign(KEY, &json)).expect(&json);
        let base = request.base_id().to_owned();
        recording.outside(|| request.in_scope(span));
        drop(request);
        let line = recording.lines().pop().unwrap();
        assert_eq!((line.base.as_str(), line.parent.as_str()), (base.as_str(), parent));
    }
}

#[test]
fn what_is_refused() {
    let recording = Recording::new();
    let good = format!("{{\"base_id\": \"{BASE}\"}}");
    let refuse = |headers: &Headers| assert!(accept(&recording, headers).is_none(), "{headers:?}");
    for json in [
        "",
        "null",
        "[]",
        "{}",
        "{\"base_id\": 7}",
        "{\"base_id\": \"\"}",
        "{\"base_id\": \"a b\"}",
        "{\"base_id\": \"a\\nb\"}",
        "{\"base_id\": \"a\\u0000\"}",
        "{\"base_id\": \"a\\u2028b\"}",
        "{\"base_id\": \"a\", \"parent_id\": \"b\"}",
        "{\"base_id\": \"a\", \"parent_id\": \"603f1fabbe78438daf13d94ed3b7e416\"}",
        "{\"base_id\": \"a\", \"parent_id\": 7}",
        "{\"base_id\": \"a\", \"more\": \"b\"}",
        "{\"base_id\": \"a\"} ,",
        "{\"parent_id\": \"603f1fab-be78-438d-af13-d94ed3b7e416\"}",
    ] {
        refuse(&sign(KEY, json));
    }
    refuse(&sign("another", &good));
    refuse(&sign("", &good));
    refuse(&sign(KEY, &format!("{{\"base_id\": \"{}\"}}", "a".repeat(1025))));
    // And what is accepted can be given on.
    let long = accept(&recording, &sign(KEY, &format!("{{\"base_id\": \"{}\"}}", "ö".repeat(512)))).unwrap();
    assert!(accept(&recording, &long.headers()).is_some());
    // A quote takes two bytes there, and the headers have the base id twice.
    let quotes = |count| sign(KEY, &format!("{{\"base_id\": \"{}\"}}", "\\\"".repeat(count)));
    refuse(&quotes(513));
    let long = accept(&recording, &quotes(512)).unwrap();
    assert!(accept(&recording, &long.headers()).is_some());
    let Headers { info, hmac } = sign(KEY, &good);
    assert!(accept(&recording, &Headers { info: info.clone(), hmac: format!(" {hmac} ") }).is_some());
    refuse(&Headers { info: format!("{info}="), hmac: hmac.clone() });
    refuse(&Headers { info: info.clone(), hmac: hmac.to_uppercase() });
    refuse(&Headers { info: info.clone(), hmac: hmac[..39].to_owned() });
    refuse(&Headers { info: info.clone(), hmac: String::new() });
    refuse(&Headers { info: String::new(), hmac: hmac.clone() });
    assert!(recording.profiler.accept(None, Some(hmac.as_bytes())).is_none());
    assert!(recording.profiler.accept(Some(info.as_bytes()), None).is_none());
    assert!(recording.profiler.accept(Some(&[0xff; 100]), Some(&[0xff; 40])).is_none());
    recording.profiler.flush();
    assert_eq!(recording.lines(), []);
}

#[test]
fn secrets_are_not_shown() {
    let config = Config::new("log").hmac_key("hide_me");
    assert!(!format!("{config:?}").contains("hide_me"));
    let recording = Recording::with(|config| config.hmac_key("hide_me"));
    let request = recording.profiler.request("hide_me").unwrap();
    assert!(!format!("{:?} {request:?}", recording.profiler).contains("hide_me"));
}

#[test]
fn a_configuration_is_read_with_serde() {
    let config: Config =
        serde_json::from_str(r#"{"enabled": true, "hmac_keys": "a, b", "log": "x.log", "lossy": true}"#).unwrap();
    assert_eq!(config, Config::new("x.log").hmac_key("a").hmac_key("b").lossy(true));
    let config: Config =
        serde_json::from_str(r#"{"hmac_keys": ["a,b"], "log": "x.log", "with_fields": true}"#).unwrap();
    assert_eq!(config, Config::new("x.log").enabled(false).hmac_key("a,b").with_fields(true));
    assert_eq!(serde_json::from_str::<Config>(&serde_json::to_string(&config).unwrap()).unwrap(), config);
    let error = serde_json::from_str::<Config>(r#"{"enabledd": true}"#).unwrap_err();
    assert!(error.to_string().contains("unknown field `enabledd`"), "{error}");
}
