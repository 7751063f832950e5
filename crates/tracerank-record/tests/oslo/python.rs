//! The log that is found is the one that Python's `logging.config.fileConfig` opens.

use std::io::Write;
use std::path::PathBuf;
use std::process::{Command, Stdio};

use tracerank_record::{Config, log_file};

use super::{files, remove};

/// Reads logging files as oslo.log does, and tells the first file that the logger's records are written to.
const PYTHON: &str = r"
import io, json, logging, logging.config, logging.handlers, sys
logging.FileHandler._open = lambda self: io.StringIO()
logging.handlers.WatchedFileHandler._statstream = lambda self: None
logging.handlers.SysLogHandler.createSocket = lambda self: None

def log_of(path, name):
    logging.root.manager.loggerDict.clear()
    logging.root.handlers = []
    logging.root.setLevel(logging.NOTSET)
    try:
        logging.config.fileConfig(path, disable_existing_loggers=False)
    except Exception as error:
        return repr(error)
    logger = logging.getLogger(name)
    while logger:
        for handler in logger.handlers:
            if isinstance(handler, logging.FileHandler) and handler.level <= logging.INFO:
                return handler.baseFilename
        logger = logger.parent if logger.propagate else None
    return None

json.dump([log_of(*case) for case in json.load(sys.stdin)], sys.stdout)
";

/// Python's answers, or none where there is no Python.
fn ask_python(cases: &serde_json::Value) -> Option<Vec<Option<String>>> {
    let child = Command::new("python3").args(["-c", PYTHON]).stdin(Stdio::piped()).stdout(Stdio::piped()).spawn();
    let Ok(mut child) = child else {
        eprintln!("skipped: python3 can't be started");
        return None;
    };
    let mut input = child.stdin.take().unwrap();
    input.write_all(cases.to_string().as_bytes()).unwrap();
    drop(input);
    let output = child.wait_with_output().unwrap();
    assert!(output.status.success());
    Some(serde_json::from_slice(&output.stdout).unwrap())
}

/// Handlers that all write `/tmp/it.log`, or a relative path.
const HANDLERS: &[&str] = &[
    "class=FileHandler\nargs=('/tmp/it.log',)",
    "class=logging.FileHandler\nargs=('/tmp/it.log', 'a')",
    "class=handlers.WatchedFileHandler\nargs=['/tmp/it.log']",
    "class=logging.handlers.WatchedFileHandler\nargs='/tmp/it.log',",
    "CLASS : FileHandler\nArgs:(\n   '/tmp/'\n# in between\n\n   'it.log'  , # here\n )",
    "class=FileHandler\nargs=(r'/tmp/it.log', 'a', 'utf8', True)\nlevel=DEBUG",
    "class=FileHandler\nkwargs={'filename': \"/tmp/it.log\", 'delay': 1 == 1}\nlevel=INFO",
    "class=FileHandler\nargs=()\nkwargs={'mode': 'a', 'filename': '/tmp/it.log',}\nlevel=NOTSET",
    "class=FileHandler\nargs=('/t\\x6dp/\\151t\\u002elog', 'a', None)",
    "class=FileHandler\nargs=('/tmp/100%%\\\\ it.log\\\n  ',)",
    "class=FileHandler\nargs=('''/tmp/it.log''',)",
    "class=FileHandler\nargs=('it.log',)",
    "class=FileHandler\nargs=('./logs/it.log',)",
    "  class=FileHandler\n  args=('/tmp/it.log',)\n  ; the end",
];

/// Loggers, of which `%` is the handler in question and `err` one that takes only errors.
const LOGGERS: &[(&str, &str)] = &[
    (
        "profiler_trace",
        "[loggers]\nkeys=root,p\n[logger_root]\nhandlers=\n[logger_p]\nqualname=profiler_trace\nhandlers=%",
    ),
    ("profiler_trace", "[loggers]\nkeys=root\n[logger_root]\nhandlers=err, %"),
    ("a.b.c", "[loggers]\nkeys= p , root\n[logger_root]\nhandlers=err\n[logger_p]\nqualname=a.b\nhandlers=%"),
    (
        "a.b.c",
        "[loggers]\nkeys=root,p,q\n[logger_root]\nhandlers=%\n[logger_p]\nqualname=a.b\nhandlers=\n[logger_q]\nqualname=a\nhandlers=\npropagate=1",
    ),
    ("a.bc", "[loggers]\nkeys=root,p\n[logger_root]\nhandlers=%\n[logger_p]\nqualname=a.b\nhandlers=err\npropagate=0"),
    ("root", "[loggers]\nkeys=root\n[logger_root]\nlevel=INFO\nhandlers=out,%"),
    (
        "p",
        "[loggers]\nkeys=root,p\n[logger_root]\nhandlers=%\nlevel=ERROR\n[logger_p]\nlevel=DEBUG\nqualname=p\nhandlers=",
    ),
    ("p", "[DEFAULT]\nlevel=INFO\nhandlers=%\n[loggers]\nkeys=root,p\n[logger_root]\n[logger_p] and more\nqualname=p"),
    (
        "p",
        "[loggers]\nkeys=root,p,q\n[logger_root]\nhandlers=err\n[logger_p]\nqualname=p\nhandlers=err\n[logger_q]\nqualname=p\nhandlers=%",
    ),
];

#[test]
fn the_log_is_the_one_that_python_opens() {
    let mut confs = Vec::new();
    let mut cases = vec![
        serde_json::json!(["testdata/oslo/wf_trace_logging.conf", "profiler_trace"]),
        serde_json::json!(["testdata/oslo/verbose_logging.conf", "mistral.profiler.trace"]),
    ];
    let mut ours =
        vec![log_file("testdata/oslo/mistral.conf").unwrap(), log_file("testdata/oslo/verbose.conf").unwrap()];
    for handler in HANDLERS {
        for (name, loggers) in LOGGERS {
            let logging = format!(
                "{}\n[handlers]\nkeys=it,err,out\n[formatters]\nkeys=\n[handler_it]\n{handler}\n\
                 [handler_err]\nclass=FileHandler\nlevel=ERROR\nargs=('/tmp/err.log',)\n\
                 [handler_out]\nclass=StreamHandler\nargs=(sys.stdout,)\n",
                loggers.replace('%', "it")
            );
            let service = format!(
                "[DEFAULT]\nlog_config_append=wf_trace_logging.conf\n[profiler]\nenabled=on\nhmac_keys=key\nprofiler_log_name={name}"
            );
            let conf = files(service, &logging);
            let config = Config::from_oslo(&conf).unwrap_or_else(|error| panic!("{error}\n{logging}"));
            ours.push(config.log().to_owned());
            assert_eq!(log_file(&conf).unwrap(), config.log());
            cases.push(serde_json::json!([conf.with_file_name("wf_trace_logging.conf"), name]));
            confs.push(conf);
        }
    }
    if let Some(theirs) = ask_python(&cases.clone().into()) {
        for ((ours, theirs), case) in ours.iter().zip(&theirs).zip(&cases) {
            // Python takes `.` out of paths as well, which `components` does too.
            assert_eq!(Some(ours.components().collect::<PathBuf>()), theirs.as_ref().map(PathBuf::from), "{case}");
        }
    }
    confs.iter().for_each(|conf| remove(conf));
}
