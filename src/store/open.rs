//! Opening: pragmas, versions, backups.
