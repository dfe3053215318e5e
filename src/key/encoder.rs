//! Where encoded values go: runs, blocks and lengths on their way into a digest.
//!
//! Knows how things are written, not what serde calls them.

use std::cell::Cell;

use super::Digest;
use super::kind::{INLINE, Kind, LONG, LONG_FROM, tag};
use super::stream::Stream;

/// The stream of one value, and the bytes of the run of primitives at its end.
///
/// There is one run at a time: primitives have nothing inside them, so whatever opens or closes
/// another level ends the run first.
pub struct Encoder {
    main: Stream,
    run: Stream,
    /// What elements of unordered collections are encoded with, one further for each level.
    inner: Option<Box<Encoder>>,
    depth: u8,
}

/// The run that is growing among the items of a level, if there is one. A local of whoever walks
/// the items, so that it can live in registers; its bytes are with the encoder.
#[derive(Clone, Copy, Default)]
pub struct Run {
    kind: Option<Kind>,
    /// Where the encoder's run of bytes ends, as [`Stream::put_at`] has it.
    len: usize,
}

/// Encoders for this many levels of unordered collections in each other stay with the thread.
/// More would hold memory that hardly any value needs twice.
const KEPT_LEVELS: u8 = 8;

thread_local! {
    static KEPT: Cell<Option<Box<Encoder>>> = const { Cell::new(None) };
}

/// Lends the thread's encoder, empty.
///
/// It is taken out rather than borrowed: a `Serialize` that asks for a digest itself gets an
/// encoder of its own, and one that panics takes the encoder with it. A thread that is being
/// torn down has none to take, and makes one.
#[inline]
pub(super) fn with_encoder<R>(encode: impl FnOnce(&mut Encoder) -> R) -> R {
    let kept = KEPT.try_with(Cell::take).ok().flatten();
    let mut encoder = kept.unwrap_or_else(|| Encoder::at_depth(0));
    encoder.clear();
    let result = encode(&mut encoder);
    // Where the thread is being torn down, the encoder goes as well.
    let _ = KEPT.try_with(|kept| kept.set(Some(encoder)));
    result
}

impl Encoder {
    #[cold]
    fn at_depth(depth: u8) -> Box<Self> {
        let (main, run) = (Stream::new(), Stream::new());
        Box::new(Self { main, run, inner: None, depth })
    }

    #[inline]
    pub(super) fn clear(&mut self) {
        self.main.clear();
    }

    /// The digest of what was written since it was cleared.
    #[inline]
    pub(super) fn finish(&mut self) -> Digest {
        self.main.finish()
    }

    #[inline]
    pub(super) fn tag(&mut self, tag: u8) {
        self.main.put(&[tag]);
    }

    /// A primitive that stands alone.
    #[inline]
    pub(super) fn scalar<const N: usize>(&mut self, kind: Kind, bytes: [u8; N]) {
        self.main.put_headed([kind as u8], &bytes);
    }

    /// A primitive among the items of a sequence or tuple.
    #[inline]
    pub(super) fn item<const N: usize>(&mut self, run: &mut Run, kind: Kind, bytes: [u8; N]) {
        if run.kind != Some(kind) {
            *run = self.turn_run(*run, kind);
        }
        run.len = self.run.put_at(run.len, bytes);
    }

    /// Many primitives among the items of a sequence or tuple, as the bytes they encode to.
    pub(super) fn items(&mut self, run: &mut Run, kind: Kind, bytes: &[u8]) {
        if run.kind != Some(kind) {
            *run = self.turn_run(*run, kind);
        }
        self.run.resume(run.len);
        run.len = self.run.put_block(bytes);
    }

    /// Writes the run, if there is one.
    #[inline]
    pub(super) fn close_run(&mut self, run: &mut Run) {
        if let Some(kind) = run.kind {
            self.write_run(kind, run.len);
            *run = Run::default();
        }
    }

    /// The end of a struct or a map.
    #[inline]
    pub(super) fn end(&mut self) {
        self.tag(tag::END);
    }

    /// A whole run that lies in memory as it is encoded.
    pub(super) fn whole_run(&mut self, kind: Kind, bytes: &[u8]) {
        self.run_head(kind, bytes.len() as u64);
        self.block(bytes);
    }

    /// The name of a field.
    #[inline]
    pub(super) fn name(&mut self, name: &'static str) {
        match u8::try_from(name.len()) {
            Ok(len) if len < LONG_FROM => self.main.put_headed([len], name.as_bytes()),
            _ => self.long_name(name),
        }
    }

    /// A variant of an enum: how it is built, and its name.
    #[inline]
    pub(super) fn variant(&mut self, tag: u8, name: &'static str) {
        self.tag(tag);
        self.name(name);
    }

    /// A text or byte string.
    #[inline]
    pub(super) fn text(&mut self, tag: u8, bytes: &[u8]) {
        match u8::try_from(bytes.len()) {
            Ok(len) if len < LONG_FROM => self.main.put_headed([tag, len], bytes),
            _ => self.long_text(tag, bytes),
        }
    }

    /// What has no order of its own: the digests of its elements, sorted.
    ///
    /// `encode` writes one element into an encoder of its own.
    pub(super) fn unordered<T, E>(
        &mut self,
        tag: u8,
        elements: impl IntoIterator<Item = T>,
        mut encode: impl FnMut(T, &mut Self) -> Result<(), E>,
    ) -> Result<(), E> {
        let depth = self.depth.saturating_add(1);
        let mut inner = self.inner.take().unwrap_or_else(|| Self::at_depth(depth));
        let mut digests = Vec::new();
        for element in elements {
            inner.clear();
            encode(element, &mut inner)?;
            digests.push(inner.finish());
        }
        if depth <= KEPT_LEVELS {
            self.inner = Some(inner);
        }
        digests.sort_unstable();
        self.tag(tag);
        self.length(digests.len() as u64);
        for digest in &digests {
            self.main.put(digest.as_bytes());
        }
        Ok(())
    }

    /// By value, since a run whose address is known elsewhere cannot stay in registers.
    #[inline(never)]
    fn turn_run(&mut self, mut run: Run, kind: Kind) -> Run {
        self.close_run(&mut run);
        // Here and not where a run is closed: one that was cut short by a `Serialize` that
        // failed never is, and another `Serialize` may have made up for it.
        self.run.clear();
        Run { kind: Some(kind), len: 0 }
    }

    fn write_run(&mut self, kind: Kind, len: usize) {
        self.run.resume(len);
        let length = self.run.total();
        match (self.run.unhashed(), u8::try_from(kind.count(length))) {
            // Tuples of a few numbers, with one check for room.
            (Some(bytes), Ok(count)) if count < LONG_FROM && length <= INLINE => {
                self.main.put_headed([tag::RUN, kind as u8, count], bytes);
            }
            _ => self.write_long_run(kind, length),
        }
    }

    #[cold]
    #[inline(never)]
    fn write_long_run(&mut self, kind: Kind, length: u64) {
        self.run_head(kind, length);
        match self.run.unhashed() {
            Some(bytes) if length <= INLINE => self.main.put(bytes),
            _ => self.main.put(self.run.finish().as_bytes()),
        }
    }

    fn run_head(&mut self, kind: Kind, length: u64) {
        self.main.put(&[tag::RUN, kind as u8]);
        self.length(kind.count(length));
    }

    #[cold]
    #[inline(never)]
    fn long_name(&mut self, name: &'static str) {
        self.length(name.len() as u64);
        self.main.put(name.as_bytes());
    }

    #[cold]
    #[inline(never)]
    fn long_text(&mut self, tag: u8, bytes: &[u8]) {
        self.tag(tag);
        self.length(bytes.len() as u64);
        self.block(bytes);
    }

    fn block(&mut self, bytes: &[u8]) {
        if bytes.len() as u64 <= INLINE {
            self.main.put(bytes);
        } else {
            self.main.put(Digest::of(bytes).as_bytes());
        }
    }

    #[inline]
    fn length(&mut self, length: u64) {
        match u8::try_from(length) {
            Ok(short) if short < LONG_FROM => self.tag(short),
            _ => self.main.put_headed([LONG], &length.to_le_bytes()),
        }
    }
}

#[cfg(test)]
mod tests;
