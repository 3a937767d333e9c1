//! README's tables.

/// Writes.
pub fn write() -> anyhow::Result<()> {
    Ok(())
}

/// Checks.
pub fn check() -> anyhow::Result<()> {
    Ok(())
}
