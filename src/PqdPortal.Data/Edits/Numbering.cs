using System.Globalization;
using Microsoft.EntityFrameworkCore;

namespace PqdPortal.Data.Edits;

/// <summary>Numbers what hangs on a record: 1, 2, 3, never one twice.</summary>
public static class Numbering
{
    /// <summary>Until the transaction ends nobody else numbers what hangs on this record. The record itself stays unlocked for editing.</summary>
    public static Task Lock(PortalDb db, Guid record, CancellationToken stop) =>
        db.Database.ExecuteSqlAsync($"SELECT pg_advisory_xact_lock(hashtextextended({record.ToString()}, 0))", stop);

    /// <summary>The number after the highest in use; a number that once was given is not given again.</summary>
    public static int Next(IEnumerable<string> codes, string prefix) =>
        1 + codes.Select(code => code.StartsWith(prefix, StringComparison.Ordinal)
            && int.TryParse(code.AsSpan(prefix.Length), NumberStyles.None, CultureInfo.InvariantCulture, out var number) ? number : 0)
            .DefaultIfEmpty(0).Max();
}
