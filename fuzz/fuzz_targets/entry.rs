//! An entry, and a value in one, from any bytes.

#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| {
    larder::__private::fuzz::entry(bytes);
    larder::__private::fuzz::value(bytes);
});
