//! Whose a loopback connection is: the kernel knows the user of every socket of this host, and tells it by `sock_diag(7)`.
//!
//! It is to a TCP connection what `SO_PEERCRED` is to a Unix socket. Only established sockets count: what is closing is listed
//! with user 0. The kernel looks the socket up, so that nobody slows this down by opening many; where it was built without, the
//! table `/proc/net/tcp` says the same after a search.

use std::net::{IpAddr, SocketAddr};

/// State `TCP_ESTABLISHED`.
const ESTABLISHED: &str = "01";

/// The user at the other end; none if the kernel does not say.
pub(super) fn of(theirs: SocketAddr, ours: SocketAddr) -> Option<u32> {
    #[cfg(target_os = "linux")]
    match diag::ask(theirs, ours) {
        Ok(answer) => return answer,
        Err(error) => tracing::debug!(%error, "the kernel does not look sockets up; its table is searched"),
    }
    listed(theirs, ours)
}

/// As the table of all sockets says it.
fn listed(theirs: SocketAddr, ours: SocketAddr) -> Option<u32> {
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

/// One question over netlink.
#[cfg(target_os = "linux")]
mod diag {
    use rustix::io::Errno;
    use rustix::net::{AddressFamily, RecvFlags, SendFlags, SocketFlags, SocketType, netlink, recv, send, socket_with};
    use std::net::{IpAddr, SocketAddr};

    /// `SOCK_DIAG_BY_FAMILY`, `NLM_F_REQUEST`, `NLMSG_ERROR`.
    const BY_FAMILY: u16 = 20;
    const REQUEST: u16 = 1;
    const ERROR: u16 = 2;
    /// `IPPROTO_TCP`, `AF_INET`, `AF_INET6`, `TCP_ESTABLISHED`.
    const TCP: u8 = 6;
    const INET: u8 = 2;
    const INET6: u8 = 10;
    const ESTABLISHED: u8 = 1;
    /// Bytes of a question: `nlmsghdr` and `inet_diag_req_v2`.
    const QUESTION: u32 = 16 + 56;
    /// Bytes up to the ports of an answer, and up to its user: `nlmsghdr` and `inet_diag_msg`.
    const PORTS: usize = 20;
    const USER: usize = 80;

    /// The owner of the established socket whose own end is `theirs`; none if there is no such socket.
    pub(super) fn ask(theirs: SocketAddr, ours: SocketAddr) -> Result<Option<u32>, Errno> {
        let socket = socket_with(AddressFamily::NETLINK, SocketType::DGRAM, SocketFlags::CLOEXEC, Some(netlink::SOCK_DIAG))?;
        send(&socket, &question(theirs, ours), SendFlags::empty())?;
        // The kernel has answered when `send` returns.
        let mut answer = [0; 512];
        let (length, _) = recv(&socket, &mut answer[..], RecvFlags::DONTWAIT)?;
        read(answer.get(..length).unwrap_or_default(), theirs, ours)
    }

    fn question(theirs: SocketAddr, ours: SocketAddr) -> Vec<u8> {
        let family = if theirs.is_ipv4() { INET } else { INET6 };
        let mut bytes = Vec::new();
        bytes.extend(QUESTION.to_ne_bytes());
        bytes.extend(BY_FAMILY.to_ne_bytes());
        bytes.extend(REQUEST.to_ne_bytes());
        // Number and sender.
        bytes.extend([0; 8]);
        bytes.extend([family, TCP, 0, 0]);
        bytes.extend(u32::MAX.to_ne_bytes());
        bytes.extend(ports(theirs, ours));
        bytes.extend(address(theirs.ip()));
        bytes.extend(address(ours.ip()));
        // Any interface, no cookie.
        bytes.extend(0_u32.to_ne_bytes());
        bytes.extend([0xff; 8]);
        bytes
    }

    fn ports(theirs: SocketAddr, ours: SocketAddr) -> [u8; 4] {
        let ([a, b], [c, d]) = (theirs.port().to_be_bytes(), ours.port().to_be_bytes());
        [a, b, c, d]
    }

    fn address(ip: IpAddr) -> [u8; 16] {
        match ip {
            IpAddr::V4(ip) => {
                let [a, b, c, d] = ip.octets();
                [a, b, c, d, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0]
            }
            IpAddr::V6(ip) => ip.octets(),
        }
    }

    fn read(answer: &[u8], theirs: SocketAddr, ours: SocketAddr) -> Result<Option<u32>, Errno> {
        let kind = word(answer, 4).map(u16::from_ne_bytes).ok_or(Errno::BADMSG)?;
        if kind == ERROR {
            let number = word(answer, 16).map(i32::from_ne_bytes).ok_or(Errno::BADMSG)?;
            let error = Errno::from_raw_os_error(number.saturating_neg());
            return if error == Errno::NOENT { Ok(None) } else { Err(error) };
        }
        if kind != BY_FAMILY {
            return Err(Errno::BADMSG);
        }
        let state = answer.get(17).copied().ok_or(Errno::BADMSG)?;
        // Without an exact match the kernel may name the listening socket.
        let same = state == ESTABLISHED && word(answer, PORTS) == Some(ports(theirs, ours));
        let user = word(answer, USER).map(u32::from_ne_bytes).ok_or(Errno::BADMSG)?;
        Ok(same.then_some(user))
    }

    fn word<const N: usize>(bytes: &[u8], at: usize) -> Option<[u8; N]> {
        bytes.get(at..)?.first_chunk().copied()
    }

    #[cfg(test)]
    mod tests {
        use super::*;

        #[test]
        fn only_an_established_socket_of_just_these_ends_has_an_owner() {
            let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
            let ours = listener.local_addr().unwrap();
            let stream = std::net::TcpStream::connect(ours).unwrap();
            let theirs = stream.local_addr().unwrap();
            assert_eq!(ask(theirs, ours), Ok(Some(rustix::process::geteuid().as_raw())));
            assert_eq!(ask("127.0.0.1:1".parse().unwrap(), ours), Ok(None));
            stream.shutdown(std::net::Shutdown::Write).unwrap();
            assert_eq!(ask(theirs, ours), Ok(None), "what is closing belongs to nobody");
            assert_eq!(read(&[0; 10], theirs, ours), Err(Errno::BADMSG));
            assert_eq!(read(&[], theirs, ours), Err(Errno::BADMSG));
        }
    }
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
            let theirs = stream.local_addr().unwrap();
            assert_eq!(of(theirs, ours), Some(rustix::process::geteuid().as_raw()));
            assert_eq!(listed(theirs, ours), of(theirs, ours), "the table says the same");
        }
    }
}
