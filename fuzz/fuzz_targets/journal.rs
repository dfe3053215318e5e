//! A journal from any bytes.

#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| larder::__private::fuzz::journal(bytes));
