//! The errors of files that can't be followed, in words.

use std::process::Command;

use tracerank_record::{Config, Error, log_file};

use super::{LOGGING, SERVICE, files, remove, with};

/// The error of files, without their directory.
fn wrong(service: impl AsRef<[u8]>, logging: impl AsRef<[u8]>) -> String {
    let conf = files(service, logging);
    let error = Config::from_oslo(&conf).unwrap_err();
    assert!(matches!(error, Error::Config { .. } | Error::Read { .. }), "{error:?}");
    let text = error.to_string().replace(conf.parent().unwrap().to_str().unwrap(), "");
    remove(&conf);
    text
}

#[test]
fn what_is_wrong_with_a_service() {
    for (old, new, expected) in [
        ("enabled = True", "enabled = maybe", "/mistral.conf: [profiler] enabled: maybe is neither true nor false"),
        ("enabled = True", "enabled =", "/mistral.conf: [profiler] enabled:  is neither true nor false"),
        (
            "enabled = True",
            "enabled = $x",
            "/mistral.conf: [profiler] enabled: the value refers to another option with $, which isn't supported",
        ),
        (
            "\"SECRET_WORD, another_word\"",
            "s3$cret",
            "/mistral.conf: [profiler] hmac_keys: the value refers to another option with $, which isn't supported",
        ),
        ("\"SECRET_WORD, another_word\"", "' , '", "/mistral.conf: [profiler] hmac_keys: no key is set"),
        ("hmac_keys = ", "keys = ", "/mistral.conf: [profiler] hmac_keys: no key is set"),
        (
            "log_config_append = wf_trace_logging.conf",
            "log_config_append =",
            "/mistral.conf: [DEFAULT] log_config_append: no logging file is named",
        ),
        (
            "log_config_append = wf_trace_logging.conf",
            "log_config_append = /nowhere",
            "/nowhere: can't be read: No such file or directory",
        ),
        ("[DEFAULT]", "[default]", "/mistral.conf: [DEFAULT] log_config_append: no logging file is named"),
        (
            "profiler_log_name = profiler_trace",
            "profiler_log_name = a\nb",
            "/mistral.conf: line 17: neither a section nor a key with a value",
        ),
        ("[api]", "  [api]", "/mistral.conf: line 9: indented, but there is no value that it could continue"),
        ("[api]", "[api", "/mistral.conf: line 9: neither a section nor a key with a value"),
        ("[api]", "[]", "/mistral.conf: line 9: the section has no name"),
        ("[api]", "= 5", "/mistral.conf: line 9: the key has no name"),
        ("[api]", "[a\x1b[31m] : x", "/mistral.conf: line 9: a key that begins with [ or has a \\ isn't supported"),
        ("[DEFAULT]", "", "/mistral.conf: line 4: no section, as [DEFAULT], stands before this"),
    ] {
        assert_eq!(wrong(with(SERVICE, old, new), LOGGING), expected);
    }
}

#[test]
fn what_is_wrong_with_a_handler() {
    let class = "class=FileHandler\nlevel=INFO\nformatter=profiler";
    for (old, new, expected) in [
        (
            class,
            "class=handlers.SysLogHandler",
            "[handler_profilerFileHandler] class: handlers.SysLogHandler is not supported, only FileHandler, handlers.WatchedFileHandler and, for a log that is only read, handlers.RotatingFileHandler and handlers.TimedRotatingFileHandler",
        ),
        (
            class,
            "class=WatchedFileHandler",
            "[handler_profilerFileHandler] class: WatchedFileHandler is not supported, only FileHandler, handlers.WatchedFileHandler and, for a log that is only read, handlers.RotatingFileHandler and handlers.TimedRotatingFileHandler",
        ),
        (
            class,
            "class=a\x1bb",
            "[handler_profilerFileHandler] class: a\\x1bb is not supported, only FileHandler, handlers.WatchedFileHandler and, for a log that is only read, handlers.RotatingFileHandler and handlers.TimedRotatingFileHandler",
        ),
        (
            class,
            "class=handlers.RotatingFileHandler",
            "[handler_profilerFileHandler] class: handlers.RotatingFileHandler is not supported, for two programs can't rotate one log",
        ),
        (
            class,
            "class=FileHandler\nlevel=WARNING",
            "[handler_profilerFileHandler] level: WARNING keeps profiles out, which are logged with INFO",
        ),
        (class, "class=FileHandler\nlevel=LOUD", "[handler_profilerFileHandler] level: LOUD is no level"),
        (
            class,
            "class=FileHandler\nformatter=other",
            "[handler_profilerFileHandler] formatter: other is missing in [formatters] keys",
        ),
        (class, "kwargs={}", "[handler_profilerFileHandler] class: missing"),
        (
            class,
            "class=%(x)s",
            "[handler_profilerFileHandler] class: only %% is supported, for a percent sign, and nothing else that begins with one",
        ),
    ] {
        assert_eq!(wrong(SERVICE, with(LOGGING, old, new)), format!("/wf_trace_logging.conf: {expected}"));
    }
}

#[test]
fn what_is_wrong_with_the_arguments_of_a_handler() {
    let args = "(\"/tmp/mistral_osprofile.log\",)";
    for (old, new, expected) in [
        (
            args,
            "(os.path.join('/tmp', 'x'),)",
            "[handler_profilerFileHandler] args: only a file name in quotes is supported, nothing computed",
        ),
        (
            args,
            "('/tmp/x' + y,)",
            "[handler_profilerFileHandler] args: only a file name in quotes is supported, nothing computed",
        ),
        (
            args,
            "('/tmp/x')",
            "[handler_profilerFileHandler] args: only a tuple, as (\"/var/log/profile.log\",), is supported",
        ),
        (args, "()", "[handler_profilerFileHandler] args: no file is named"),
        (args, "('',)", "[handler_profilerFileHandler] args: no file is named"),
        (
            args,
            "()\nkwargs=dict(filename='/tmp/x')",
            "[handler_profilerFileHandler] kwargs: only a dictionary, as {\"filename\": \"/var/log/profile.log\"}, is supported",
        ),
        (
            args,
            "('/tmp/x', 'w')",
            "[handler_profilerFileHandler] args: the mode w is not supported, only a: a log that is shared must not be emptied",
        ),
        (
            args,
            "('/tmp/x',)\nkwargs={'mode': 'w'}",
            "[handler_profilerFileHandler] kwargs: the mode w is not supported, only a: a log that is shared must not be emptied",
        ),
        (args, "('/tmp/x', mode)", "[handler_profilerFileHandler] args: only a mode in quotes is supported"),
        (
            args,
            "('/tmp/x', 'a', 'utf-16')",
            "[handler_profilerFileHandler] args: the encoding utf-16 is not supported, only utf-8",
        ),
    ] {
        assert_eq!(wrong(SERVICE, with(LOGGING, old, new)), format!("/wf_trace_logging.conf: {expected}"));
    }
}

#[test]
fn what_is_wrong_with_loggers_and_formatters() {
    let format = "[formatter_profiler]\nformat=%(message)s";
    for (old, new, expected) in [
        (
            format,
            "[formatter_profiler]\nformat=%(message)s\nstyle={",
            "[formatter_profiler] style: { is not supported, only %",
        ),
        (
            format,
            "[formatter_profiler]\nclass=oslo_log.formatters.JSONFormatter",
            "[formatter_profiler] class: oslo_log.formatters.JSONFormatter is not supported, only logging.Formatter",
        ),
        (format, "[formatter_profiler]\ndefaults={}", "[formatter_profiler] defaults: not supported"),
        (
            format,
            "[formatter_profiler]\nformat=%(user)s %(message)s",
            "[formatter_profiler] the format \"%(user)s %(message)s\" asks for %(user), which is of oslo.log or of another program's making, and isn't supported",
        ),
        (
            format,
            "[formatter_profiler]\nformat=a\n b%(message)s",
            "[formatter_profiler] the format \"a\\nb%(message)s\" breaks the line before the message",
        ),
        (
            format,
            "[formatter_profiler]\ndatefmt=%f",
            "[formatter_profiler] the format \"%f\" holds %f, which Python's strftime doesn't know; %(msecs)03d in the format gives milliseconds",
        ),
        (
            "level=INFO\nqualname=profiler_trace",
            "level=ERROR\nqualname=profiler_trace",
            "[logger_profiler_trace] level: ERROR keeps profiles out, which are logged with INFO",
        ),
        (
            "handlers=profilerFileHandler",
            "handlers=x",
            "[logger_profiler_trace] handlers: x is missing in [handlers] keys",
        ),
        (
            "handlers=profilerFileHandler",
            "handlers=\npropagate=0",
            "[loggers] keys: neither the logger profiler_trace nor one of its parents has a handler",
        ),
        (
            "handlers=profilerFileHandler",
            "handlers=\npropagate=no",
            "[logger_profiler_trace] propagate: no is no number",
        ),
        ("handlers=profilerFileHandler", "", "[logger_profiler_trace] handlers: missing"),
        ("[loggers]", "[Loggers]", "the section [loggers] is missing"),
        ("[handler_profilerFileHandler]", "[x]", "the section [handler_profilerFileHandler] is missing"),
    ] {
        assert_eq!(wrong(SERVICE, with(LOGGING, old, new)), format!("/wf_trace_logging.conf: {expected}"));
    }
}

#[test]
fn hints() {
    for (service, hint) in [
        (with(SERVICE, "hmac_keys", "keys"), "SECRET_KEY"),
        (with(SERVICE, "log_config_append", "append"), "FileHandler"),
        (with(SERVICE, "another_word", "$word"), "$$"),
    ] {
        let conf = files(service, LOGGING);
        let error = Config::from_oslo(&conf).unwrap_err();
        assert!(error.hint().is_some_and(|text| text.contains(hint)), "{error}: {:?}", error.hint());
        remove(&conf);
    }
}

#[test]
fn files_that_are_none() {
    assert_eq!(wrong(b"[DEFAULT]\nx = \xff\n", LOGGING), "/mistral.conf: not in UTF-8");
    assert_eq!(wrong(SERVICE, b"\xff\xfe["), "/wf_trace_logging.conf: not in UTF-8");
    let large = vec![b'#'; (1 << 20) + 1];
    assert_eq!(wrong(&large, LOGGING), "/mistral.conf: larger than 1 MiB, which no configuration is");
    assert_eq!(wrong(SERVICE, &large), "/wf_trace_logging.conf: larger than 1 MiB, which no configuration is");
    let error = Config::from_oslo("testdata").unwrap_err();
    assert_eq!(error.to_string(), "testdata: can't be read: is a directory");
    assert!(matches!(Config::from_oslo("nowhere.conf"), Err(Error::Read { .. })));
    assert!(matches!(Config::from_oslo(""), Err(Error::Read { .. })));
}

#[test]
fn a_pipe_is_not_waited_for() {
    let conf = files("", "");
    let pipe = conf.with_file_name("pipe");
    if Command::new("mkfifo").arg(&pipe).status().is_ok_and(|status| status.success()) {
        assert!(log_file(&pipe).unwrap_err().to_string().ends_with("/pipe: not a regular file"));
    }
    remove(&conf);
}
