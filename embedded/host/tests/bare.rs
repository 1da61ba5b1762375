//! The gate needs neither std nor alloc: a program without both is built, decides and releases the same, and stops linking as soon
//! as it asks for alloc.
#![cfg(all(target_arch = "x86_64", target_os = "linux"))]

#[cfg(test)]
mod bare {
    use std::path::PathBuf;
    use std::process::{Command, Output};

    fn target() -> PathBuf {
        PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../target/bare")
    }

    /// Builds the program as a user would: flags of the outer build do not reach it.
    fn build(more: &[&str]) -> Output {
        let mut cargo = Command::new(env!("CARGO"));
        cargo.args(["build", "--release", "--locked", "--package", "consent-scenario-bare", "--manifest-path"]);
        cargo.arg(concat!(env!("CARGO_MANIFEST_DIR"), "/../Cargo.toml")).arg("--target-dir").arg(target()).args(more);
        for flags in ["RUSTFLAGS", "CARGO_ENCODED_RUSTFLAGS", "RUSTC_WRAPPER", "RUSTC_WORKSPACE_WRAPPER", "CARGO_BUILD_TARGET"] {
            cargo.env_remove(flags);
        }
        cargo.output().expect("cargo runs")
    }

    #[test]
    fn without_std_and_alloc_the_verdicts_and_the_released_bytes_are_the_same() {
        let built = build(&[]);
        assert!(built.status.success(), "{}", String::from_utf8_lossy(&built.stderr));
        let program = target().join("release/consent-scenario-bare");
        assert_eq!(segments(&std::fs::read(&program).unwrap()), [], "it asks for no loader and no library");
        let ran = Command::new(&program).output().unwrap();
        assert!(ran.status.success(), "{:?}", ran.status);
        let here = Command::new(env!("CARGO_BIN_EXE_consent-scenario-host")).output().unwrap();
        assert_eq!(String::from_utf8(ran.stdout).unwrap(), String::from_utf8(here.stdout).unwrap());
    }

    #[test]
    fn linking_alloc_fails() {
        let built = build(&["--features", "alloc"]);
        let told = String::from_utf8_lossy(&built.stderr).into_owned();
        assert!(!built.status.success(), "it linked alloc");
        assert!(told.contains("no global memory allocator found"), "{told}");
    }

    /// Kinds of the segments of an executable that ask for a dynamic linker: `PT_DYNAMIC` 2, `PT_INTERP` 3.
    fn segments(elf: &[u8]) -> Vec<u32> {
        let half = |at: usize| u16::from_le_bytes(elf[at..at + 2].try_into().unwrap());
        assert_eq!((&elf[..4], half(16)), (&b"\x7fELF"[..], 2), "an executable at fixed addresses");
        let from = usize::try_from(u64::from_le_bytes(elf[32..40].try_into().unwrap())).unwrap();
        let (size, count) = (usize::from(half(54)), usize::from(half(56)));
        let kinds = (0..count).map(|at| u32::from_le_bytes(elf[from + at * size..][..4].try_into().unwrap()));
        kinds.filter(|kind| matches!(kind, 2 | 3)).collect()
    }
}
