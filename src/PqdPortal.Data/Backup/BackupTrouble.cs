namespace PqdPortal.Data.Backup;

/// <summary>A backup or a restore that cannot be done, for the person at the command line: what was found, what was expected, what to do.</summary>
/// <param name="isDamage">True where the backup itself cannot be used; false where the command, the place or the moment is wrong.</param>
public sealed class BackupTrouble(string message, bool isDamage = false, Exception? inner = null) : Exception(message, inner)
{
    public bool IsDamage => isDamage;
}
