#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| launchd_fuzz::ical::try_on(bytes));
