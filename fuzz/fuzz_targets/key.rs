//! The digests of two values made of any bytes.

#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| larder::__private::fuzz::key(bytes));
