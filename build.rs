//! Tells the bindings which Python they are built for, and how.

use std::path::Path;

fn main() {
    #[cfg(feature = "python")]
    pyo3_build_config::use_pyo3_cfgs();

    // Cargo names a profile nowhere else: PROFILE says `release` for all that inherit from it.
    let out = std::env::var("OUT_DIR").unwrap_or_default();
    let profile = Path::new(&out).ancestors().nth(3).and_then(Path::file_name);
    println!("cargo::rustc-env=HASMANY_PROFILE={}", profile.unwrap_or_default().display());
}
