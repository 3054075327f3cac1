#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| launchd_fuzz::manifest::try_on(bytes));
