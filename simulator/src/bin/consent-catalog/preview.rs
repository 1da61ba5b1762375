//! Shows every request of a catalog as people will see it, while its author writes.

use crate::Outcome;
use crate::args::PreviewArgs;
use crate::{files, out};
use anyhow::{Context, Result};
use consent_simulator::preview::Preview;

/// Serves until it is stopped.
pub(crate) fn run(args: &PreviewArgs) -> Result<Outcome> {
    let vss = files::vss(&args.vss)?;
    std::fs::metadata(&args.file).with_context(|| format!("{}: expected a catalog in TOML", args.file.display()))?;
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().context("no runtime")?;
    runtime.block_on(async {
        let preview = Preview::start(args.file.clone(), vss, args.port).await?;
        out::line(format!("preview of {} at http://{}/ (Ctrl-C ends it)", args.file.display(), preview.address()))?;
        preview.serve().await?;
        Ok(Outcome::Well)
    })
}
