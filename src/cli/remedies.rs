//! The wording of remedies: the flags and commands that carry them out.

use std::borrow::Cow;
use std::path::PathBuf;

use crate::render::display::{Shown, Terminal};
use crate::{Parted, Remedy};

const ROTATED_COPY: &str = "is it being rotated with copytruncate? Read the rotated copy instead";
const RECORDS: &str = "records look like this: \
                       2020-02-27T08:04:25.961298 0.006782 BASE-ID PARENT-ID TRACE-ID name-stop; is profiling on?";
const PLAIN_RECORDS: &str = "a record is read where nothing stands after it: \
                             2020-02-27T08:04:25.961298 0.006782 BASE-ID PARENT-ID TRACE-ID name-stop";

/// Words a remedy as a hint.
pub(super) fn hint(remedy: &Remedy) -> Cow<'static, str> {
    let plain = match remedy {
        Remedy::RotatedCopy { or: Some(or) } => return format!("{ROTATED_COPY}; {}", hint(or)).into(),
        Remedy::GiveAsFile { or } => return format!("give the log as a file, or {}", hint(or)).into(),
        Remedy::ShowGroup(base_id) => return format!("show all of the group: {}", Terminal(base_id)).into(),
        Remedy::ReadThroughPipe { tool } => {
            let what = "read the intact part through a pipe";
            return format!("{what}: {tool} FILE | tracerank report").into();
        }
        Remedy::MadeOf(logs) => return ask_logs(logs).into(),
        Remedy::NameTheFormat(formats) => {
            let ways = formats.iter().map(|format| format!("--log-format {format}"));
            return format!("choose one: {}", ways.collect::<Vec<_>>().join(", or ")).into();
        }
        Remedy::SayTheUnit { path, patterns } => {
            let input = if path.as_os_str() == "-" { "-".to_owned() } else { Shown(path).to_string() };
            let way = |pattern: &String| format!("tracerank report --log-format '{pattern}' {input}");
            let ways: Vec<String> = patterns.iter().map(way).collect();
            return format!("say it, as one of these does: {}", ways.join(", or ")).into();
        }
        Remedy::MendThePattern(parted) => return mend(parted).into(),
        Remedy::OtherFormat(format) => {
            return format!("it begins like a log of the format {format}: --log-format {format} reads it").into();
        }
        Remedy::PlainRecords => PLAIN_RECORDS,
        Remedy::FindTheFormat => "without --log-format, the format of each input is found by its content",
        Remedy::RotatedCopy { or: None } => ROTATED_COPY,
        Remedy::ReadAgain => "is it being rotated? Start again, or read the rotated copy",
        Remedy::ReadUnmapped => "--no-mmap prints the report of what can still be read",
        Remedy::AllowDuplicates => "--duplicates allow counts all of it",
        Remedy::CountOnce { can_drop: true } => {
            "--duplicates drop counts each once, and --duplicates allow says that all count; with propagate=0, a logger \
             hands its records to no other log"
        }
        Remedy::CountOnce { can_drop: false } => {
            "a summary can't drop them: summarize the logs with --duplicates drop; --duplicates allow says that all count"
        }
        Remedy::FewerRows => "ask for fewer rows with --top, or allow more with --memory-limit",
        Remedy::WholeLog => "give all of the log, without --range",
        Remedy::MoreMemory => "allow more with --memory-limit",
        Remedy::LongWindow => "its window is larger than 128 MB: zstd -dc --long=31 FILE | tracerank report",
        Remedy::OneThread => "--threads 1 needs none",
        Remedy::BudgetHeader => "each budget begins with [[budget]], in two pairs of brackets",
        Remedy::NewerVersion => "read it with the version that wrote it, or a later one",
        Remedy::MakeAgain => "write it again with tracerank summarize, or copy it again",
        Remedy::OneSummaryPerFile => "are several summaries in one file? Give each in a file of its own",
        Remedy::UnpackAgain => "unpack it once more: gzip -dc FILE | tracerank report, or the like",
        Remedy::Unzip => "unpack it: unzip -p FILE | tracerank report",
        Remedy::Untar => "unpack it: tar -xOf FILE | tracerank report",
        Remedy::FromUtf16 => "convert it: iconv -f UTF-16 -t UTF-8 FILE | tracerank report",
        Remedy::ExportJournal => "export it: journalctl --file FILE -o cat | tracerank report",
        Remedy::LogWithRecords => RECORDS,
    };
    plain.into()
}

/// Shows the first line around the place where it departs from a pattern.
fn mend(Parted { line, parting }: &Parted) -> String {
    const AROUND: usize = 60;
    let at = parting.at.min(line.len());
    let (before, after) = (&line[at.saturating_sub(AROUND)..at], &line[at..line.len().min(at + AROUND)]);
    let wants = Terminal(parting.wants.as_bytes());
    match (before, after) {
        ([], after) => format!("the first line begins {}, and the pattern wants {wants}", quoted(after)),
        (before, []) => format!("the first line ends after {}, where the pattern wants {wants}", quoted(before)),
        _ => format!(
            "the first line goes on after {} with {}, where the pattern wants {wants}",
            quoted(before),
            quoted(after)
        ),
    }
}

fn quoted(text: &[u8]) -> String {
    format!("'{}'", Terminal(text))
}

fn ask_logs(logs: &[PathBuf]) -> String {
    match logs {
        [] => "ask the logs that it was made of".to_owned(),
        [only] => format!("ask the log that it was made of: {}", Shown(only)),
        [first, ..] => format!("ask the {} logs that it was made of: {}, …", logs.len(), Shown(first)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_way_or_another() {
        let copy = |or| hint(&Remedy::RotatedCopy { or });
        assert_eq!(copy(None), "is it being rotated with copytruncate? Read the rotated copy instead");
        assert_eq!(
            copy(Some(Box::new(Remedy::ReadUnmapped))),
            "is it being rotated with copytruncate? Read the rotated copy instead; \
             --no-mmap prints the report of what can still be read"
        );
        let group = Remedy::GiveAsFile { or: Box::new(Remedy::ShowGroup((*b"a\x1b").into())) };
        assert_eq!(hint(&group), r"give the log as a file, or show all of the group: a\x1b");
    }
}
