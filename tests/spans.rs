//! The spans that tools for `tracing` get to see.

#![expect(clippy::unwrap_used, reason = "what a test cannot do without, it may panic for")]

use larder::{Cache, cache, with_cache};
use pollster::block_on;
use std::collections::BTreeMap;
use std::fmt::Debug;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::{Mutex, Once};
use tracing::field::{Field, Visit};
use tracing::span::{Attributes, Id, Record};
use tracing::{Event, Subscriber};
use tracing_subscriber::filter::LevelFilter;
use tracing_subscriber::layer::{Context, Layer, SubscriberExt};
use tracing_subscriber::registry::{LookupSpan, SpanRef};
use tracing_subscriber::util::SubscriberInitExt;

/// A span from its beginning to its end.
#[derive(Debug, Clone, Default, PartialEq)]
struct Seen {
    name: String,
    /// Names and functions of the spans around it, the nearest first.
    within: Vec<String>,
    fields: BTreeMap<String, String>,
}

impl Seen {
    fn field(&self, name: &str) -> &str {
        self.fields.get(name).map_or("", String::as_str)
    }

    fn title(&self) -> String {
        let function = self.field("function");
        format!("{} of {}", self.name, function.rsplit("::").next().unwrap_or_default())
    }
}

impl Visit for Seen {
    fn record_debug(&mut self, field: &Field, value: &dyn Debug) {
        self.fields.insert(field.name().to_owned(), format!("{value:?}"));
    }

    fn record_str(&mut self, field: &Field, value: &str) {
        self.fields.insert(field.name().to_owned(), value.to_owned());
    }
}

static SEEN: Mutex<Vec<Seen>> = Mutex::new(Vec::new());
static LISTENING: Once = Once::new();

struct Listener;

impl<S: Subscriber + for<'a> LookupSpan<'a>> Layer<S> for Listener {
    fn on_new_span(&self, attributes: &Attributes<'_>, id: &Id, context: Context<'_, S>) {
        let span = context.span(id).unwrap();
        let mut seen = Seen { name: span.name().to_owned(), ..Seen::default() };
        let outer = span.scope().skip(1);
        let title = |outer: SpanRef<'_, S>| outer.extensions().get::<Seen>().map(Seen::title);
        seen.within = outer.filter_map(title).collect();
        attributes.record(&mut seen);
        span.extensions_mut().insert(seen);
    }

    fn on_record(&self, id: &Id, values: &Record<'_>, context: Context<'_, S>) {
        let span = context.span(id).unwrap();
        values.record(span.extensions_mut().get_mut::<Seen>().unwrap());
    }

    fn on_event(&self, event: &Event<'_>, context: Context<'_, S>) {
        let mut seen = Seen { name: "event".to_owned(), ..Seen::default() };
        event.record(&mut seen);
        let scope = context.event_scope(event).into_iter().flatten();
        seen.within =
            scope.filter_map(|span| span.extensions().get::<Seen>().map(Seen::title)).collect();
        SEEN.lock().unwrap().push(seen);
    }

    fn on_close(&self, id: Id, context: Context<'_, S>) {
        let seen = context.span(&id).unwrap().extensions().get::<Seen>().cloned();
        SEEN.lock().unwrap().extend(seen);
    }
}

/// The spans of functions with this name that ended while `work` ran, with a cache of its own, and
/// the keys of what is in that cache then.
fn spans(function: &str, work: impl FnOnce() + Send) -> (Vec<Seen>, Vec<String>) {
    LISTENING.call_once(|| {
        tracing_subscriber::registry().with(Listener.with_filter(LevelFilter::DEBUG)).init();
    });
    let dir = tempfile::tempdir().unwrap();
    let cache = Cache::open(dir.path()).unwrap();
    let _ = catch_unwind(AssertUnwindSafe(|| with_cache(&cache, work)));
    let keys = cache.entries().unwrap().map(|entry| entry.key).collect();
    let seen = SEEN.lock().unwrap();
    let ours = |seen: &&Seen| seen.name != "event" && seen.field("function").ends_with(function);
    (seen.iter().filter(ours).cloned().collect(), keys)
}

fn fields<'a>(spans: &'a [Seen], name: &str) -> Vec<&'a str> {
    spans.iter().map(|span| span.field(name)).collect()
}

#[cache(redact(token))]
fn plain(x: u64, token: &str) -> u64 {
    x + token.len() as u64
}

#[test]
fn a_computation_is_a_span_with_function_key_inputs_and_outcome_and_a_hit_is_none() {
    let (spans, keys) = spans("::plain", || {
        plain(1, "secret");
        plain(1, "secret");
        plain::recompute(1, "secret");
    });
    assert_eq!(fields(&spans, "outcome"), ["computed", "computed"]);
    for span in &spans {
        assert_eq!((span.name.as_str(), span.field("function")), ("computation", "spans::plain"));
        assert_eq!(span.field("inputs"), "x: 1, token: <redacted>");
        assert_eq!([span.field("key")], keys[..]);
    }
}

#[cache]
fn fails(x: u64) -> Result<u64, String> {
    assert_ne!(x, 3, "item three");
    if x == 2 { Err("two".to_owned()) } else { Ok(x) }
}

#[test]
fn the_outcome_tells_errors_and_panics_from_results() {
    let (spans, _) = spans("::fails", || {
        for x in 1..4 {
            let _ = catch_unwind(|| fails(x));
        }
    });
    assert_eq!(fields(&spans, "outcome"), ["computed", "failed", "panicked"]);
}

#[cache]
fn inner(x: u64) -> u64 {
    tracing::info!(x, "inner works");
    x + 1
}

#[cache]
fn outer(x: u64) -> u64 {
    inner(x)
}

#[test]
fn what_a_computation_calls_and_logs_is_within_its_span() {
    let (spans, _) = spans("::inner", || {
        outer(7);
    });
    assert_eq!(spans[0].within, ["computation of outer"]);
    let seen = SEEN.lock().unwrap();
    let event = seen.iter().find(|seen| seen.field("message") == "inner works").unwrap();
    assert_eq!(event.within, ["computation of inner", "computation of outer"]);
}

#[cache]
async fn later(x: u64) -> Result<u64, String> {
    std::future::ready(()).await;
    tracing::info!(x, "later works");
    if x == 2 { Err("two".to_owned()) } else { Ok(x) }
}

#[test]
fn a_future_is_within_its_span_whenever_it_is_polled() {
    let (spans, keys) = spans("::later", || {
        let _ = block_on(later(1));
        let _ = block_on(later(1));
        let _ = block_on(later(2));
    });
    assert_eq!(fields(&spans, "outcome"), ["computed", "failed"]);
    assert_eq!([spans[0].field("key")], keys[..]);
    let seen = SEEN.lock().unwrap();
    let event = seen.iter().find(|seen| seen.field("message") == "later works").unwrap();
    assert_eq!(event.within, ["computation of later"]);
}
