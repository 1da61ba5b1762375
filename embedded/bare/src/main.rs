//! The fixed life of one car on x86-64 Linux without std, alloc and C library: it links only because nothing of the gate needs
//! them. The three lines go to the standard output, the size of the state to the standard error.
#![no_std]
#![no_main]
#![allow(unsafe_code, reason = "a program without a runtime brings its own start, system calls and memory functions; the gate and the life are safe code")]

use consent_scenario::{Going, Life, write_state};
use core::arch::{asm, global_asm};
use core::fmt::{self, Write};
use core::mem::MaybeUninit;

#[cfg(feature = "alloc")]
extern crate alloc;

const STDOUT: usize = 1;
const STDERR: usize = 2;
const WRITE: usize = 1;
const EXIT: usize = 60;

static mut LIFE: MaybeUninit<Life> = MaybeUninit::uninit();

// The kernel enters with the stack aligned to 16 bytes, and a call expects just that.
global_asm!(".globl _start", "_start:", "xor ebp, ebp", "and rsp, -16", "call {main}", "ud2", main = sym main);

extern "C" fn main() -> ! {
    let place = &raw mut LIFE;
    // SAFETY: there is one thread, and it comes here once.
    let life = unsafe { (*place).write(Life::new()) };
    while life.step() == Going::On {}
    let told = write!(Handle(STDOUT), "{}", life.outcome()).and_then(|()| write_state(&mut Handle(STDERR)));
    exit(usize::from(told.is_err()))
}

/// An open file.
struct Handle(usize);

impl Write for Handle {
    fn write_str(&mut self, text: &str) -> fmt::Result {
        let mut left = text.as_bytes();
        while !left.is_empty() {
            // SAFETY: address and length are those of a slice that outlives the call.
            let written = unsafe { call(WRITE, self.0, left.as_ptr().addr(), left.len()) };
            left = usize::try_from(written).ok().filter(|written| *written > 0).and_then(|written| left.get(written..)).ok_or(fmt::Error)?;
        }
        Ok(())
    }
}

fn exit(code: usize) -> ! {
    loop {
        // SAFETY: takes no address.
        unsafe { call(EXIT, code, 0, 0) };
    }
}

/// A system call.
///
/// # Safety
/// The arguments must be what the kernel expects of the call.
unsafe fn call(number: usize, first: usize, second: usize, third: usize) -> isize {
    let result;
    // SAFETY: the registers are those of the kernel's calling convention.
    unsafe {
        asm!("syscall", inlateout("rax") number => result, in("rdi") first, in("rsi") second, in("rdx") third, lateout("rcx") _, lateout("r11") _, options(nostack));
    }
    result
}

#[panic_handler]
fn panicked(_: &core::panic::PanicInfo<'_>) -> ! {
    exit(101)
}

/// Tables of the compiler's own library name it, although nothing here unwinds.
#[unsafe(no_mangle)]
extern "C" fn rust_eh_personality() {}

/// The memory functions that the compiler calls by name; of string instructions, so that it does not make calls to themselves of them.
mod memory {
    use core::arch::asm;

    /// # Safety
    /// As in C.
    #[unsafe(no_mangle)]
    unsafe extern "C" fn memcpy(to: *mut u8, from: *const u8, len: usize) -> *mut u8 {
        // SAFETY: the caller's promise.
        unsafe { asm!("rep movsb", inout("rdi") to => _, inout("rsi") from => _, inout("rcx") len => _, options(nostack, preserves_flags)) };
        to
    }

    /// # Safety
    /// As in C.
    #[unsafe(no_mangle)]
    unsafe extern "C" fn memmove(to: *mut u8, from: *const u8, len: usize) -> *mut u8 {
        if to.addr().wrapping_sub(from.addr()) >= len {
            // SAFETY: the caller's promise; forwards, nothing is overwritten before it is read.
            return unsafe { memcpy(to, from, len) };
        }
        let last = len.wrapping_sub(1);
        // SAFETY: the caller's promise; backwards, since the target lies ahead within the source. `len` is above 0 here.
        unsafe {
            asm!("std", "rep movsb", "cld", inout("rdi") to.wrapping_add(last) => _, inout("rsi") from.wrapping_add(last) => _, inout("rcx") len => _, options(nostack));
        }
        to
    }

    /// # Safety
    /// As in C.
    #[unsafe(no_mangle)]
    unsafe extern "C" fn memset(to: *mut u8, byte: i32, len: usize) -> *mut u8 {
        let [byte, ..] = byte.to_le_bytes();
        // SAFETY: the caller's promise.
        unsafe { asm!("rep stosb", inout("rdi") to => _, inout("rcx") len => _, in("al") byte, options(nostack, preserves_flags)) };
        to
    }

    /// # Safety
    /// As in C.
    #[unsafe(no_mangle)]
    unsafe extern "C" fn memcmp(left: *const u8, right: *const u8, len: usize) -> i32 {
        for at in 0..len {
            // SAFETY: the caller's promise; `at` is below `len`.
            let (left, right) = unsafe { (left.wrapping_add(at).read(), right.wrapping_add(at).read()) };
            if left != right {
                return i32::from(left).wrapping_sub(i32::from(right));
            }
        }
        0
    }

    /// # Safety
    /// As `memcmp`.
    #[unsafe(no_mangle)]
    unsafe extern "C" fn bcmp(left: *const u8, right: *const u8, len: usize) -> i32 {
        // SAFETY: the caller's promise.
        unsafe { memcmp(left, right, len) }
    }
}
