//! The fixed life of one car on a Cortex-M4 (QEMU's mps2-an386, started with `-icount shift=0`). The three lines go to the standard
//! output; to the standard error go the size of the state, and how many instructions it took.
//!
//! An instruction takes 1 ns there and the timer ticks with 25 MHz, so that a tick is 40 instructions.
#![no_std]
#![no_main]

use consent_scenario::{Going, Life, ROUNDS, write_state};
use core::fmt::{self, Write};
use core::hint::black_box;
use cortex_m::peripheral::SYST;
use cortex_m::peripheral::syst::SystClkSource;
use cortex_m_rt::entry;
use cortex_m_semihosting::debug::{self, EXIT_FAILURE, EXIT_SUCCESS};
use cortex_m_semihosting::hio;

const INSTRUCTIONS_PER_TICK: u64 = 40;
const RELOAD: u32 = 0x00ff_ffff;
const REBUILDS: u32 = 100;

#[entry]
fn main() -> ! {
    let told = cortex_m::Peripherals::take().ok_or(fmt::Error).and_then(|mut peripherals| live(&mut peripherals.SYST));
    debug::exit(if told.is_ok() { EXIT_SUCCESS } else { EXIT_FAILURE });
    loop {
        cortex_m::asm::wfi();
    }
}

fn live(timer: &mut SYST) -> fmt::Result {
    timer.set_clock_source(SystClkSource::Core);
    timer.set_reload(RELOAD);
    timer.clear_current();
    timer.enable_counter();
    let life: &mut Life = cortex_m::singleton!(: Life = Life::new()).ok_or(fmt::Error)?;
    let mut whole: u64 = 0;
    loop {
        let (step, going) = measured(timer, || life.step())?;
        whole = whole.saturating_add(step);
        if going == Going::Over {
            break;
        }
    }
    let outcome = life.outcome();
    let (verdicts, (count, sum)) = measured(timer, || life.verdicts(ROUNDS))?;
    black_box(sum);
    let (rebuilds, ()) = measured(timer, || life.rebuilds(REBUILDS))?;

    let mut out = hio::hstdout().map_err(|()| fmt::Error)?;
    write!(out, "{outcome}")?;
    let mut aside = hio::hstderr().map_err(|()| fmt::Error)?;
    write_state(&mut aside)?;
    let per = |instructions: u64, count: u64| instructions.checked_div(count).ok_or(fmt::Error);
    writeln!(aside, "instructions per verdict: {} (of {count}, with the loop around it)", per(verdicts, u64::from(count))?)?;
    writeln!(aside, "instructions per rebuild: {} (of {REBUILDS}, with drain, no use changed)", per(rebuilds, u64::from(REBUILDS))?)?;
    writeln!(aside, "instructions per record of the life: {} (all: measuring, verdict, transformation, track, rebuilds, digests)", per(whole, outcome.records)?)
}

/// How many instructions it took; fails if it took too long to tell.
fn measured<T>(timer: &mut SYST, work: impl FnOnce() -> T) -> Result<(u64, T), fmt::Error> {
    timer.clear_current();
    timer.has_wrapped();
    let before = SYST::get_current();
    let result = work();
    let after = SYST::get_current();
    // A cleared timer starts at 0 and takes the reload value with its next tick.
    let before = if before == 0 { RELOAD } else { before };
    if timer.has_wrapped() || after > before {
        return Err(fmt::Error);
    }
    Ok((u64::from(before.wrapping_sub(after)).saturating_mul(INSTRUCTIONS_PER_TICK), result))
}

#[panic_handler]
fn panicked(info: &core::panic::PanicInfo<'_>) -> ! {
    if let Ok(mut aside) = hio::hstderr() {
        // The exit says that it failed, whether or not this could be told.
        let _told = writeln!(aside, "{info}");
    }
    loop {
        debug::exit(EXIT_FAILURE);
    }
}
