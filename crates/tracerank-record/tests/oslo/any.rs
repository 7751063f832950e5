//! Reads files of any content: each is a configuration or an error, and never a panic.

use proptest::prelude::*;
use tracerank_record::{Config, log_file};

use super::{LOGGING, SERVICE, files, remove};

/// Lines that configuration files are made of, in any order.
fn lines() -> impl Strategy<Value = String> {
    let line = prop_oneof![
        Just("[profiler]".to_owned()),
        Just("[DEFAULT]".to_owned()),
        Just("enabled = 1".to_owned()),
        Just("hmac_keys = a,b".to_owned()),
        Just("log_config_append = wf_trace_logging.conf".to_owned()),
        r"(\[(loggers|handlers|formatters|logger_root|logger_p|handler_h|formatter_f)\])",
        r"(keys|handlers|formatter|qualname|level|class|format|datefmt)[=:] ?(root|p|h|f|INFO|FileHandler|%\(message\)s|%Y)(,(p|h))?",
        r#"(args|kwargs)=[({]["']?[/a-z'",:){}\\#]*"#,
        r"[ \t\[\]=:#;\\a-z$%()]{0,12}",
        r"\PC{0,12}",
    ];
    prop::collection::vec(line, 0..40).prop_map(|lines| lines.join("\n"))
}

proptest! {
    #[test]
    fn any_bytes_are_a_configuration_or_an_error(
        service in prop::collection::vec(any::<u8>(), 0..200), logging in prop::collection::vec(any::<u8>(), 0..200),
    ) {
        let conf = files(&service, LOGGING);
        let _ = (Config::from_oslo(&conf).is_ok(), log_file(&conf).is_ok());
        remove(&conf);
        let conf = files(SERVICE, &logging);
        let _ = (Config::from_oslo(&conf).is_ok(), log_file(&conf).is_ok());
        remove(&conf);
    }

    #[test]
    fn any_lines_are_a_configuration_or_an_error(service in lines(), logging in lines(), at in 0..LOGGING.len(), piece in r#"[\[\]=:,%(){}'"\\a-z \n]{1,4}|\PC"#) {
        let conf = files(&service, &logging);
        let _ = (Config::from_oslo(&conf).is_ok(), log_file(&conf).is_ok());
        remove(&conf);
        let mut logging = LOGGING.to_owned();
        logging.insert_str(at, &piece);
        let conf = files(SERVICE, &logging);
        let _ = (Config::from_oslo(&conf).is_ok(), log_file(&conf).is_ok());
        remove(&conf);
    }
}
