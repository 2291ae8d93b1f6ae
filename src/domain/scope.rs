//! Who is asking, what they may do, and the border of what exists for them.

use super::WorkspaceId;

/// What the caller may do inside the workspace.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub enum Access {
    /// Read items, figures and jobs.
    Read,
    /// Also import, delete, cancel and change.
    Write,
}

/// The border of every read and every write. There is no function that reads items without one.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Scope {
    /// The workspace whose rows exist for this caller.
    pub workspace: WorkspaceId,
    /// What may be done to them.
    pub access: Access,
}

impl Scope {
    /// The first workspace of a data folder, with full access. For opening a folder, and for tests: whoever serves a caller
    /// has the caller's own.
    pub const DEFAULT: Self = Self { workspace: WorkspaceId(1), access: Access::Write };

    /// All of one workspace: for what the program itself does in it.
    pub fn of(workspace: WorkspaceId) -> Self {
        Self { workspace, access: Access::Write }
    }
}

/// What a way in asks of whoever comes.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub enum Right {
    /// Nothing: it holds nothing of the user's.
    Open,
    /// To see what is in the workspace, and to have texts read that are not stored.
    Read,
    /// To bring in, correct, delete, start and cancel what is in the workspace.
    Write,
    /// To change what all workspaces share: the models and the indexes.
    Administer,
    /// To see the figures of the whole process.
    Monitor,
}

impl Right {
    /// Every right.
    pub const ALL: [Self; 5] = [Self::Open, Self::Read, Self::Write, Self::Administer, Self::Monitor];

    /// The word for it on every surface.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Open => "open",
            Self::Read => "read",
            Self::Write => "write",
            Self::Administer => "administer",
            Self::Monitor => "monitor",
        }
    }

    const fn bit(self) -> u8 {
        match self {
            Self::Open => 0,
            Self::Read => 1,
            Self::Write => 2,
            Self::Administer => 4,
            Self::Monitor => 8,
        }
    }
}

/// A set of rights. Everybody has [`Right::Open`].
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Rights(u8);

impl Rights {
    /// What needs no right.
    pub const NONE: Self = Self::of(&[]);
    /// To look, and to change nothing.
    pub const LOOK: Self = Self::of(&[Right::Read, Right::Monitor]);
    /// To work in a workspace, without touching what all of them share.
    pub const MEMBER: Self = Self::of(&[Right::Read, Right::Write]);
    /// Everything.
    pub const ALL: Self = Self::of(&Right::ALL);

    /// These rights.
    pub const fn of(rights: &[Right]) -> Self {
        let (mut bits, mut at) = (0, 0);
        while at < rights.len() {
            bits |= rights[at].bit();
            at += 1;
        }
        Self(bits)
    }

    /// Whether this one is among them.
    pub fn has(self, right: Right) -> bool {
        self.0 & right.bit() == right.bit()
    }

    /// What they allow inside a workspace.
    fn access(self) -> Access {
        if self.has(Right::Write) || self.has(Right::Administer) { Access::Write } else { Access::Read }
    }
}

/// By what somebody is known. People and their keys will stand here too.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Principal {
    /// Nobody in particular: no secret was shown, and none was asked for.
    Anybody,
    /// A command of this machine's user, by the secret of this process.
    Local,
    /// Whoever holds the server's token.
    Token,
    /// Whoever holds the server's token for reading.
    ReadToken,
}

impl Principal {
    /// The word for the log.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Anybody => "anybody",
            Self::Local => "local",
            Self::Token => "token",
            Self::ReadToken => "read_token",
        }
    }
}

/// Who asks: made once, where a request comes in, and believed by everything behind.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Caller {
    /// By what they are known.
    pub principal: Principal,
    /// What exists for them. Its access follows from the rights.
    pub scope: Scope,
    /// What they may do.
    pub rights: Rights,
}

impl Caller {
    /// A caller with these rights in a workspace.
    pub fn new(principal: Principal, workspace: WorkspaceId, rights: Rights) -> Self {
        Self { principal, scope: Scope { workspace, access: rights.access() }, rights }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rights_are_a_set() {
        let check = |rights: Rights, expected: &[Right]| {
            let found: Vec<Right> = Right::ALL.into_iter().filter(|right| rights.has(*right)).collect();
            assert_eq!(found, expected);
        };
        check(Rights::NONE, &[Right::Open]);
        check(Rights::LOOK, &[Right::Open, Right::Read, Right::Monitor]);
        check(Rights::MEMBER, &[Right::Open, Right::Read, Right::Write]);
        check(Rights::ALL, &Right::ALL);
        let caller = |rights| Caller::new(Principal::Token, WorkspaceId(7), rights).scope;
        assert_eq!(caller(Rights::LOOK), Scope { workspace: WorkspaceId(7), access: Access::Read });
        assert_eq!(caller(Rights::MEMBER), Scope::of(WorkspaceId(7)));
    }
}
