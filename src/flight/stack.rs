//! What is led by what is on the stack of this thread, which must not wait for it.

use super::sync::thread_local;
use std::cell::RefCell;

thread_local! {
    /// The flights, by their addresses.
    static LED: RefCell<Vec<usize>> = const { RefCell::new(Vec::new()) };
}

/// See [`Lead::enter`](super::flights::Lead::enter).
#[derive(Debug)]
#[must_use]
pub(crate) struct Entered(usize);

/// Whether the flight at this address is led here.
pub(super) fn leads(address: usize) -> bool {
    // The values of a thread that is ending may call functions when this list is gone.
    LED.try_with(|led| led.borrow().contains(&address)).unwrap_or(false)
}

impl Entered {
    pub(super) fn new(address: usize) -> Self {
        // A thread that is ending leads nothing that it could wait for.
        let _ = LED.try_with(|led| led.borrow_mut().push(address));
        Self(address)
    }
}

impl Drop for Entered {
    fn drop(&mut self) {
        let _ = LED.try_with(|led| {
            let mut led = led.borrow_mut();
            if let Some(at) = led.iter().rposition(|address| *address == self.0) {
                led.remove(at);
            }
        });
    }
}
