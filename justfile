# What a developer runs; `.ci/run` calls the same.

# List the recipes.
default:
    @just --list

# Everything that must hold before a commit lands.
check: fmt clippy doc deny test fuzz-replay benches embedded

# Formatting.
fmt:
    cargo fmt --all --check

# Lints, warnings are errors.
clippy:
    cargo clippy --workspace --all-targets --locked -- -D warnings

# Documentation builds without a warning.
doc:
    RUSTDOCFLAGS="-D warnings" cargo doc --workspace --no-deps --locked

# Licences, bans and sources of dependencies.
deny:
    cargo deny --offline check licenses bans sources

# The whole suite; installs what it needs.
test:
    tests/run

# Feeds every file of the fuzz corpora to its target, on the stable toolchain.
fuzz-replay:
    cargo test --manifest-path fuzz/Cargo.toml --locked

# The benches build, and their parts are tested; it measures nothing.
benches:
    cargo clippy --manifest-path benches/Cargo.toml --all-targets --locked -- -D warnings
    cargo test --manifest-path benches/Cargo.toml --lib --locked

# The gate without std and alloc, on this machine.
embedded:
    cargo clippy --manifest-path embedded/Cargo.toml --all-targets --locked -- -D warnings
    cargo clippy --manifest-path embedded/Cargo.toml --release -p consent-scenario-bare -p consent-scenario-m4 --locked -- -D warnings
    cargo test --manifest-path embedded/Cargo.toml --locked

# The same on a Cortex-M4 in QEMU too; installs what it needs.
cortex:
    embedded/run

# Verdict, gate, bytes and receiver beside peers; CONSENT_BENCH_DRIVE names a recorded drive.
bench:
    cargo bench --manifest-path benches/Cargo.toml --locked

# The whole agent beside a naive one, bare publishing and a plain delete.
throughput:
    cargo build --release --locked --workspace --bins
    cargo run --release --locked -p consent-tests --bin throughput -- 10

# The demo.
demo:
    cargo run --release
