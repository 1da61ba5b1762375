//! Whose a loopback connection is: the kernel lists the user of every socket of this host in `/proc/net/tcp`.
//!
//! It is to a TCP connection what `SO_PEERCRED` is to a Unix socket. Only established sockets count: what is closing is listed
//! with user 0.

use std::net::{IpAddr, SocketAddr};

/// State `TCP_ESTABLISHED`.
const ESTABLISHED: &str = "01";

/// The user at the other end; none if the kernel does not say.
pub(super) fn of(theirs: SocketAddr, ours: SocketAddr) -> Option<u32> {
    let table = match theirs.ip() {
        IpAddr::V4(_) => "/proc/net/tcp",
        IpAddr::V6(_) => "/proc/net/tcp6",
    };
    found(&std::fs::read_to_string(table).ok()?, theirs, ours)
}

/// Looks for the socket whose own end is `theirs`.
fn found(table: &str, theirs: SocketAddr, ours: SocketAddr) -> Option<u32> {
    let (theirs, ours) = (written(theirs), written(ours));
    table.lines().find_map(|line| {
        // sl, local address, remote address, state, queues, timer, retransmits, user
        let mut fields = line.split_ascii_whitespace().skip(1);
        let socket = (fields.next()?, fields.next()?, fields.next()?);
        let user = fields.nth(3)?;
        (socket == (theirs.as_str(), ours.as_str(), ESTABLISHED)).then(|| user.parse().ok())?
    })
}

/// As the kernel writes it: 32-bit words in the order of the machine, the port as a number.
fn written(address: SocketAddr) -> String {
    let bytes = match address.ip() {
        IpAddr::V4(ip) => ip.octets().to_vec(),
        IpAddr::V6(ip) => ip.octets().to_vec(),
    };
    let words = bytes.chunks_exact(4).map(|word| word.try_into().map_or(0, u32::from_ne_bytes));
    let ip: String = words.map(|word| format!("{word:08X}")).collect();
    format!("{ip}:{:04X}", address.port())
}

#[cfg(test)]
mod tests {
    use super::*;

    const TABLE: &str = "  sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode
   0: 0100007F:1E01 00000000:0000 0A 00000000:00000000 00:00000000 00000000     7        0 1 1 0 100 0 0 10 0
   1: 0100007F:C001 0100007F:1E01 06 00000000:00000000 03:00000000 00000000     0        0 0 3 0
   2: 0100007F:C002 0100007F:1E01 01 00000000:00000000 00:00000000 00000000  1000        0 2 1 0 20 4 30 10 -1
   3: 0100007F:1E01 0100007F:C002 01 00000000:00000000 00:00000000 00000000     7        0 3 1 0 20 4 30 10 -1
";

    fn at(port: u16) -> SocketAddr {
        SocketAddr::from(([127, 0, 0, 1], port))
    }

    #[test]
    #[cfg(target_endian = "little")]
    fn the_other_end_is_found_and_not_our_own() {
        assert_eq!(found(TABLE, at(0xC002), at(0x1E01)), Some(1_000));
        assert_eq!(found(TABLE, at(0xC003), at(0x1E01)), None);
        assert_eq!(found(TABLE, at(0xC001), at(0x1E01)), None, "a closing socket is listed as user 0 and counts for nobody");
        assert_eq!(found("nonsense\n1: 2", at(1), at(2)), None);
        assert_eq!(written("[::1]:7681".parse().unwrap()), "00000000000000000000000001000000:1E01");
    }

    #[test]
    #[cfg(target_os = "linux")]
    fn a_connection_of_our_own_is_ours() {
        for address in ["127.0.0.1:0", "[::1]:0"] {
            let Ok(listener) = std::net::TcpListener::bind(address) else { continue };
            let ours = listener.local_addr().unwrap();
            let stream = std::net::TcpStream::connect(ours).unwrap();
            assert_eq!(of(stream.local_addr().unwrap(), ours), Some(rustix::process::geteuid().as_raw()));
        }
    }
}
