# What a developer runs; `.ci/run` calls the same.

# List the recipes.
default:
    @just --list

# Everything that must hold before a commit lands.
check: fmt clippy doc deny test fuzz-replay

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

# Prints the figures of the README.
bench:
    cargo bench --manifest-path benches/Cargo.toml

# The demo.
demo:
    cargo run --release
