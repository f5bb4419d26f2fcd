using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Diagnostics;
using PqdPortal.Analysis.Composition;
using PqdPortal.Data;
using PqdPortal.Data.Samples;

namespace PqdPortal.Jobs;

/// <summary>Fills what a batch's formulas say, at every save of a batch by anybody.</summary>
/// <remarks>A formula that cannot be read is kept as typed: the powder is real. Then there is no canonical form, and the flags say why.</remarks>
public sealed class BatchFormulas : SaveChangesInterceptor
{
    /// <summary>Raised whenever the same formula would be read otherwise; what an older version filled is filled again.</summary>
    public const int Version = 1;

    /// <summary>Fills what the formulas say.</summary>
    public static void Fill(Batch batch)
    {
        (batch.Canonical, batch.Fractions, batch.FormulaFlags) = Of(batch.Formula);
        (batch.MeasuredCanonical, batch.MeasuredFractions, batch.MeasuredFlags) = Of(batch.MeasuredFormula);
        batch.CompositionVersion = Version;
    }

    static (string? Canonical, SiteFractions Fractions, string[] Flags) Of(string? text)
    {
        if (string.IsNullOrWhiteSpace(text)) return (null, SiteFractions.None, []);
        var reading = CompositionParser.Read(text);
        string[] flags = [.. reading.Messages.Select(message => message.Code).Distinct()];
        // Amounts of hundreds of digits have a canonical form that no index takes.
        return reading.Formula is { Key.Length: <= Batch.LongestCanonical } formula
            ? (formula.Key, new(formula.Fractions.Where(share => double.IsFinite(share.Value))), flags)
            : (null, SiteFractions.None, flags);
    }

    public override InterceptionResult<int> SavingChanges(DbContextEventData eventData, InterceptionResult<int> result)
    {
        FillChanged(eventData.Context);
        return result;
    }

    public override ValueTask<InterceptionResult<int>> SavingChangesAsync(DbContextEventData eventData, InterceptionResult<int> result, CancellationToken cancellationToken = default)
    {
        FillChanged(eventData.Context);
        return new(result);
    }

    static void FillChanged(DbContext? context)
    {
        foreach (var entry in context?.ChangeTracker.Entries<Batch>().ToList() ?? [])
            if (entry.State == EntityState.Added
                || entry.State == EntityState.Modified && (entry.Property(b => b.Formula).IsModified || entry.Property(b => b.MeasuredFormula).IsModified))
                Fill(entry.Entity);
    }

    /// <summary>Fills the batches that no version, or an older one, filled: of before this was computed, from a backup, by a program of its own.</summary>
    /// <returns>How many.</returns>
    public static async Task<int> FillAll(IDbContextFactory<PortalDb> database, CancellationToken stop = default)
    {
        var filled = 0;
        await using var db = await database.CreateDbContextAsync(stop);
        while (await db.Batches.AsNoTracking().Where(batch => batch.CompositionVersion != Version).OrderBy(batch => batch.Id).Take(200).ToListAsync(stop) is { Count: > 0 } old)
            foreach (var batch in old)
            {
                Fill(batch);
                // Not through the context: it is no edit of a person, has no place in the history, and must not win over one.
                filled += await db.Batches.Where(b => b.Id == batch.Id && b.Formula == batch.Formula && b.MeasuredFormula == batch.MeasuredFormula).ExecuteUpdateAsync(set => set
                    .SetProperty(b => b.Canonical, batch.Canonical).SetProperty(b => b.Fractions, batch.Fractions).SetProperty(b => b.FormulaFlags, batch.FormulaFlags)
                    .SetProperty(b => b.MeasuredCanonical, batch.MeasuredCanonical).SetProperty(b => b.MeasuredFractions, batch.MeasuredFractions).SetProperty(b => b.MeasuredFlags, batch.MeasuredFlags)
                    .SetProperty(b => b.CompositionVersion, Version), stop);
            }
        return filled;
    }
}
