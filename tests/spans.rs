//! The spans that tools for `tracing` get to see.

#![expect(clippy::unwrap_used, reason = "what a test cannot do without, it may panic for")]

use larder::{Cache, CancelToken, Parallel, cache, with_cache};
use pollster::block_on;
use std::collections::{BTreeMap, BTreeSet};
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

#[cache]
fn item(x: u64) -> u64 {
    tracing::info!(x, "an item works");
    x
}

#[test]
fn a_batch_is_a_span_around_its_computations_on_whichever_thread() {
    let (spans, keys) = spans("::item", || {
        item(3);
        assert_eq!(item::map((0..20).chain(0..5)).len(), 25);
    });
    let (batches, computations): (Vec<_>, Vec<_>) =
        spans.into_iter().partition(|span| span.name == "batch");
    assert_eq!(batches.len(), 1);
    let counts = ["found", "shared", "computed", "failed", "skipped", "outcome"];
    let counts = counts.map(|count| batches[0].field(count));
    assert_eq!([counts[2], counts[3], counts[4], counts[5]], ["19", "0", "0", "done"]);
    // Of the equal ones, those that were drawn late enough find the result.
    let found: u64 = [counts[0], counts[1]].map(|count| count.parse::<u64>().unwrap()).iter().sum();
    assert_eq!(found, 6);
    assert_eq!(computations.len(), 20);
    let within = computations[1..].iter().all(|one| one.within == ["batch of item"]);
    assert!(within && computations[0].within.is_empty(), "{computations:#?}");
    let seen: BTreeSet<_> = computations.iter().map(|one| one.field("key").to_owned()).collect();
    assert_eq!(seen, keys.into_iter().collect());
    let seen = SEEN.lock().unwrap();
    let mut events = seen.iter().filter(|seen| seen.field("message") == "an item works").skip(1);
    assert!(events.all(|event| event.within == ["computation of item", "batch of item"]));
}

#[cache]
fn fragile(x: u64) -> u64 {
    assert_ne!(x, 99, "item 99");
    x
}

#[test]
fn a_batch_that_stopped_says_why_and_closures_have_batches_too() {
    let (panicked, _) = spans("::fragile", || {
        let _ = fragile::map(90..100);
    });
    let batch = panicked.iter().rfind(|span| span.name == "batch").unwrap();
    assert_eq!((batch.field("outcome"), batch.field("failed")), ("failed", "1"));
    let (labelled, _) = spans("labelled", || {
        let token = CancelToken::new();
        let parallel = Parallel::new().n_jobs(1).cancel_on(&token).progress("labelled");
        let stop =
            |x: u64| if x == 2 { token.cancel() } else { tracing::info!(x, "labelled works") };
        let _ = parallel.for_each(0..100_u64, stop).unwrap_err();
    });
    assert_eq!((labelled.len(), labelled[0].field("outcome")), (1, "cancelled"));
    let seen = SEEN.lock().unwrap();
    let event = seen.iter().find(|seen| seen.field("message") == "labelled works").unwrap();
    assert_eq!(event.within, ["batch of labelled"]);
}

#[cache]
async fn async_item(x: u64) -> u64 {
    std::future::ready(x).await
}

#[test]
fn a_batch_of_futures_is_a_span_around_its_computations() {
    let (spans, _) = spans("::async_item", || {
        assert_eq!(block_on(async_item::map(0..5)).len(), 5);
    });
    let (batches, computations): (Vec<_>, Vec<_>) =
        spans.into_iter().partition(|span| span.name == "batch");
    assert_eq!((batches.len(), batches[0].field("computed")), (1, "5"));
    assert_eq!(computations.len(), 5);
    assert!(computations.iter().all(|one| one.within == ["batch of async_item"]));
}
