//! Many calls at once: the only layer that knows of thread pools.

mod ambient;
pub(crate) mod asynchronous;
mod builder;
mod cancel;
mod delayed;
mod engine;
pub mod executor;
mod failure;
mod interrupt;
mod observe;
mod panicked;
pub(crate) mod panics;
mod pool;
pub mod progress;
mod record;
pub(crate) mod run;
mod scope;
mod settings;
mod spans;
mod stream;
mod stream_scope;
pub(crate) mod task;
mod windows;
mod worker;

pub use ambient::with_parallel;
pub use builder::{Again, Finish, OnError, Once, Parallel, Retries, Stop};
pub use cancel::CancelToken;
pub use delayed::{Deferred, Delayed, delayed};
pub use failure::{Cause, Failure};
pub use interrupt::cancel_on_ctrl_c;
pub use panicked::Panicked;
pub use scope::with_cache;
pub use stream::Stream;
pub use stream_scope::StreamScope;
pub use task::Task;
pub use worker::here;
