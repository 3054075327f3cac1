#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| launchd_fuzz::template::try_on(bytes));
