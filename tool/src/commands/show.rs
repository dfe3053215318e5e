//! `larder show`: everything that is known of one result.

use crate::cli::{Cli, Show};
use crate::failure::{Failure, Status};
use crate::output::{BOLD, CAUTION, FAINT, Output, clean, path};
use crate::{keys, open, units};
use larder::{Cache, CodeState, Encoding, EntryDetails};
use serde_json::{Value, json};
use std::fs::File;
use std::io::{self, Write};
use std::time::SystemTime;

mod value;

pub(crate) fn run(cli: &Cli, options: &Show, output: &mut Output) -> Result<Status, Failure> {
    let cache = open::for_reading(cli)?;
    let key = keys::the_one(&cache, &options.key)?;
    let details = cache.details(&key)?;
    let (folder, file) = key.split_once('/').unwrap_or_default();
    let code = file.split_once('-').map(|(_, code)| code).unwrap_or_default();
    let states = cache.code_states(folder)?;
    let state = states.into_iter().find(|state| state.code == code);
    let current = is_current(&cache, folder, file)?;
    if let Some(target) = &options.export {
        let payload = cache.payload(&key)?;
        if target.as_os_str() == "-" {
            // That is all there is to be there then, whatever else was asked for.
            output.bytes(&payload)?;
            return Ok(Status::Done);
        }
        export(target, &payload)?;
    }
    if output.json {
        let mut document = document(&details, state.as_ref(), current);
        if options.value {
            let payload = cache.payload(&key)?;
            document["value"] = value::document(details.encoding, &payload);
        }
        output.document(&document)?;
        return Ok(Status::Done);
    }
    if options.value {
        let payload = cache.payload(&key)?;
        value::write(details.encoding, &payload, output)?;
    } else if let Some(target) = &options.export {
        let bytes = units::count(details.payload);
        writeln!(
            output,
            "{bytes} bytes of {} written to `{}`",
            details.encoding,
            target.display()
        )?;
    } else {
        describe(&details, state.as_ref(), current, output)?;
    }
    Ok(Status::Done)
}

fn is_current(cache: &Cache, folder: &str, file: &str) -> Result<bool, Failure> {
    let inventory = cache.inventory()?;
    let function = inventory.functions.iter().find(|function| function.folder == folder);
    let entry = function.and_then(|function| {
        Some((function, function.entries.iter().find(|entry| entry.file() == file)?))
    });
    // One that was removed meanwhile is as good as it was.
    Ok(entry.is_none_or(|(function, entry)| function.is_current(entry)))
}

/// Writes the value where nothing is yet: nobody loses a file to a mistyped name.
fn export(target: &std::path::Path, payload: &[u8]) -> Result<(), Failure> {
    let shown = target.display();
    let written = File::create_new(target).and_then(|mut file| file.write_all(payload));
    written.map_err(|error| match error.kind() {
        io::ErrorKind::AlreadyExists => Failure::usage(format_args!(
            "`{shown}` is there already and was left alone: name another file"
        )),
        _ => Failure::new(Status::Refused, format_args!("could not write `{shown}`: {error}")),
    })
}

fn describe(
    details: &EntryDetails,
    state: Option<&CodeState>,
    current: bool,
    output: &mut Output,
) -> io::Result<()> {
    let now = SystemTime::now();
    let moment = |when| format!("{} ({})", units::moment(when), units::ago(when, now));
    writeln!(output, "{BOLD}{}{BOLD:#}({})", clean(&details.function), clean(&details.inputs))?;
    let mut line = |name: &str, text: &str| writeln!(output, "{FAINT}{name:>10}{FAINT:#}  {text}");
    line("key", &details.key)?;
    line("file", &clean(&details.path.display().to_string()))?;
    let bytes = |bytes| match bytes {
        small @ 0..1024 => units::size(small),
        large => format!("{} ({} bytes)", units::size(large), units::count(large)),
    };
    line("size", &bytes(details.size))?;
    line("value", &format!("{} as {}", bytes(details.payload), details.encoding))?;
    line("computed", &moment(details.created))?;
    line("last used", &moment(details.touched))?;
    let with = format!(", {} with the cached results that it used", units::took(details.full_time));
    let with = if details.full_time > details.own_time { with } else { String::new() };
    line("took", &format!("{}{with}", units::took(details.own_time)))?;
    line("inputs", &details.inputs_digest.to_string())?;
    for (number, digest) in (1..).zip(&details.arguments) {
        line(&format!("{number}"), &digest.to_string())?;
    }
    line("code", &details.code_digest.to_string())?;
    let age = if current { "as last seen" } else { "older than what was last seen" };
    let Some(state) = state else {
        return line("", &format!("{age}; nothing else is known of it"));
    };
    let since = units::ago(state.first_used, now);
    line("", &format!("{age}, version {}, first used {since}", state.version))?;
    let count = state.items.iter().count();
    if count == 0 {
        return line("", "of what it consists only the digest is known");
    }
    writeln!(output)?;
    let what = units::counted(count, "item");
    writeln!(output, "{CAUTION}{what}{CAUTION:#} that the result depends on:")?;
    for item in state.items.iter() {
        let detail = item.detail().map(|detail| format!(" {}", clean(detail)));
        let detail = detail.unwrap_or_default();
        writeln!(output, "  {FAINT}{:>12}{FAINT:#}  {}{detail}", item.kind(), clean(item.path()))?;
    }
    Ok(())
}

fn document(details: &EntryDetails, state: Option<&CodeState>, current: bool) -> Value {
    let encoding = match details.encoding {
        Encoding::Bincode => "bincode",
        Encoding::MessagePack => "messagepack",
        _ => "other",
    };
    let code = state.map(|state| {
        let items = state.items.iter().map(|item| {
            json!({ "kind": item.kind().to_string(), "path": item.path(), "detail": item.detail() })
        });
        json!({
            "version": state.version,
            "package": state.package,
            "first_used": units::stamp(state.first_used),
            "items": items.collect::<Value>(),
        })
    });
    json!({
        "key": details.key,
        "file": path(&details.path),
        "function": details.function,
        "inputs": details.inputs,
        "bytes": details.size,
        "value_bytes": details.payload,
        "encoding": encoding,
        "created": units::stamp(details.created),
        "last_used": units::stamp(details.touched),
        "own_seconds": units::seconds(details.own_time),
        "full_seconds": units::seconds(details.full_time),
        "inputs_digest": details.inputs_digest.to_string(),
        "argument_digests": details.arguments.iter().map(ToString::to_string).collect::<Value>(),
        "code_digest": details.code_digest.to_string(),
        "state": if current { "current" } else { "older" },
        "code": code,
    })
}
