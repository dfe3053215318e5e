//! `larder doctor`: what is wrong with a directory, and what to do about it.

use crate::cli::Cli;
use crate::failure::{Failure, Status};
use crate::open;
use crate::output::{BAD, BOLD, CAUTION, FAINT, GOOD, Output, PLAIN, clean, path};
use larder::{Finding, Severity};
use serde_json::{Value, json};
use std::io::Write;

pub(crate) fn run(cli: &Cli, output: &mut Output) -> Result<Status, Failure> {
    let cache = open::for_reading(cli)?;
    let findings = cache.diagnose()?;
    let directory = cache.directory();
    if output.json {
        let findings = findings.iter().map(document).collect::<Value>();
        output.document(&json!({ "directory": directory.map(path), "findings": findings }))?;
    } else {
        let shown = directory.map(|directory| clean(&directory.display().to_string()));
        writeln!(output, "{BOLD}{}{BOLD:#}", shown.unwrap_or_default())?;
        findings.iter().try_for_each(|finding| describe(finding, output))?;
    }
    let problem = findings.iter().any(|finding| finding.severity >= Severity::Problem);
    Ok(if problem { Status::No } else { Status::Done })
}

fn describe(finding: &Finding, output: &mut Output) -> std::io::Result<()> {
    let style = match finding.severity {
        Severity::Good => GOOD,
        Severity::Note => PLAIN,
        Severity::Warning => CAUTION,
        _ => BAD,
    };
    let (severity, check) = (finding.severity, finding.check);
    let message = clean(&finding.message);
    writeln!(output, "{style}{severity:<7}{style:#}  {check:<11}  {message}")?;
    if let Some(advice) = &finding.advice {
        writeln!(output, "{:22}{FAINT}{}{FAINT:#}", "", clean(advice))?;
    }
    Ok(())
}

fn document(finding: &Finding) -> Value {
    json!({
        "check": finding.check.to_string().replace(' ', "_"),
        "severity": finding.severity.to_string(),
        "message": finding.message,
        "advice": finding.advice,
    })
}
