//! The configuration files of a service: what they say, what Python makes of them, and what is wrong with those that
//! can't be followed.

#![cfg(feature = "oslo")]
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod any;
mod python;
mod wrong;

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicUsize, Ordering};

use tracerank_record::{Config, log_file};

const SERVICE: &str = include_str!("../../testdata/oslo/mistral.conf");
const LOGGING: &str = include_str!("../../testdata/oslo/wf_trace_logging.conf");

/// A directory of its own with a service's configuration and its logging file; gives the former.
fn files(service: impl AsRef<[u8]>, logging: impl AsRef<[u8]>) -> PathBuf {
    static NEXT: AtomicUsize = AtomicUsize::new(0);
    let number = NEXT.fetch_add(1, Ordering::Relaxed);
    let directory = Path::new(env!("CARGO_TARGET_TMPDIR")).join(format!("oslo-{}-{number}", std::process::id()));
    fs::create_dir_all(&directory).unwrap();
    fs::write(directory.join("mistral.conf"), service).unwrap();
    fs::write(directory.join("wf_trace_logging.conf"), logging).unwrap();
    directory.join("mistral.conf")
}

fn remove(conf: &Path) {
    fs::remove_dir_all(conf.parent().unwrap()).unwrap();
}

/// The text with one thing in it that is otherwise.
fn with(text: &str, old: &str, new: &str) -> String {
    assert_eq!(text.matches(old).count(), 1, "{old:?}");
    text.replace(old, new)
}

#[test]
fn the_examples() {
    let config = Config::from_oslo("testdata/oslo/mistral.conf").unwrap();
    assert_eq!(config, Config::new("/tmp/mistral_osprofile.log").hmac_key("SECRET_WORD").hmac_key("another_word"));
    assert_eq!(log_file("testdata/oslo/mistral.conf").unwrap(), Path::new("/tmp/mistral_osprofile.log"));

    let config = Config::from_oslo("testdata/oslo/verbose.conf").unwrap();
    let format = "%(asctime)s.%(msecs)03d %(process)d %(levelname)s %(name)s [-] %(message)s";
    let expected = Config::new("/tmp/mistral_100%.log").hmac_key("pa$word").hmac_key(r"second\word");
    assert_eq!(config, expected.format(format, Some("%Y-%m-%d %H:%M:%S")).logger("mistral.profiler.trace"));
}

#[test]
fn a_service_that_is_not_profiled_needs_nothing_else() {
    for (old, new) in [
        ("enabled = True", "enabled = False"),
        ("enabled = True\n", ""),
        ("[profiler]", "[other]"),
        ("enabled = True", "enabled = 0\nprofiler_enabled = 1"),
        ("enabled = True", "enabled = True\nenabled = oFF"),
        ("[profiler]\nenabled = True", "[PROFILER]\nenabled: no"),
    ] {
        let conf = files(with(SERVICE, old, new), LOGGING);
        let config = Config::from_oslo(&conf).unwrap();
        assert!(!config.is_enabled(), "{new}");
        assert_eq!(config.log(), Path::new("/tmp/mistral_osprofile.log"));
        remove(&conf);
    }
    for service in [
        "",
        "[DEFAULT]\n",
        "[DEFAULT]\nlog_config_append = /nowhere\n",
        "[profiler]\nhmac_keys = $x\nprofiler_log_name = $y\n",
    ] {
        let conf = files(service, LOGGING);
        assert_eq!(Config::from_oslo(&conf).unwrap(), Config::default(), "{service}");
        assert!(log_file(&conf).is_err());
        remove(&conf);
    }
}

#[test]
fn a_reader_needs_only_the_log() {
    let service = "[DEFAULT]\nlog_config_append = wf_trace_logging.conf\n[profiler]\nenabled = perhaps\n";
    for (old, new) in [
        ("class=FileHandler\nlevel=INFO\nformatter=profiler", "class=handlers.RotatingFileHandler"),
        ("class=FileHandler\nlevel=INFO\nformatter=profiler", "class=logging.handlers.TimedRotatingFileHandler"),
        ("(\"/tmp/mistral_osprofile.log\",)", "('/tmp/mistral_osprofile.log', 'w', 10 * 1024 ** 2, (5))"),
        ("format=%(message)s\n", "format={message}\nstyle={\n"),
        ("level=INFO\nqualname=profiler_trace", "level=ERROR\nqualname=profiler_trace"),
    ] {
        let conf = files(service, with(LOGGING, old, new));
        assert_eq!(log_file(&conf).unwrap(), Path::new("/tmp/mistral_osprofile.log"), "{new}");
        remove(&conf);
    }
}

/// As oslo.config 10.7 reads them; `hmac_keys` is then split at its commas.
#[test]
fn values_of_a_service() {
    for (written, read) in [
        (r"pa$$word", "pa$word"),
        (r"pa\$w", "pa$w"),
        ("a$5", "a$5"),
        ("x$", "x$"),
        ("${5}", "${5}"),
        ("$$$", "$$"),
        ("\"a\"", "a"),
        ("'a' 'b'", "a' 'b"),
        ("a\n  b", "a\nb"),
        ("\"a\n  b\"", "\"a\nb\""),
        ("a\\\n b", "a\\\nb"),
        ("a\\", "a\\"),
        ("a # b ; c", "a # b ; c"),
        ("a\n  # b", "a\n# b"),
        ("a\r\n\tb", "a\nb"),
        ("a=b:c", "a=b:c"),
        ("[a]", "[a]"),
    ] {
        let conf = files(with(SERVICE, "\"SECRET_WORD, another_word\"", written), LOGGING);
        let expected = Config::new("/tmp/mistral_osprofile.log").hmac_key(read);
        assert!(Config::from_oslo(&conf).unwrap() == expected, "{written:?}");
        remove(&conf);
    }
}
