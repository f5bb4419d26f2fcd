using System.Text.Json;
using Microsoft.AspNetCore.Http;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.Diagnostics.HealthChecks;
using Npgsql;
using PqdPortal.Data;
using PqdPortal.Data.Files;
using PqdPortal.Data.Postgres;

namespace PqdPortal.Jobs.Health;

/// <summary>The database answers and is of this program's age.</summary>
public sealed class DatabaseHealth(IDbContextFactory<PortalDb> database) : IHealthCheck
{
    internal const string Name = "database";

    volatile bool _isOfAge;

    /// <summary>Whether the database answers at this moment.</summary>
    public async Task<bool> Answers(CancellationToken stop = default)
    {
        await using var db = await database.CreateDbContextAsync(stop);
        return await db.Database.CanConnectAsync(stop);
    }

    public async Task<HealthCheckResult> CheckHealthAsync(HealthCheckContext context, CancellationToken stop = default)
    {
        try
        {
            await using var db = await database.CreateDbContextAsync(stop);
            if (!_isOfAge)
            {
                var missing = (await db.Database.GetPendingMigrationsAsync(stop)).Count();
                if (missing > 0) return HealthCheckResult.Unhealthy($"The database is {missing} migrations older than this program.");
                // It is never migrated back below a running program.
                _isOfAge = true;
            }
            await db.Database.SqlQuery<int>($"SELECT 1 AS \"Value\"").SingleAsync(stop);
            return HealthCheckResult.Healthy("The database answers and is of this program's age.");
        }
        catch (Exception error) when (error is NpgsqlException || DatabaseTrouble.IsAway(error))
        {
            return HealthCheckResult.Unhealthy("The database does not answer.");
        }
    }
}

/// <summary>The file store takes files in. Without it pages still answer, so the portal stays ready, and says so.</summary>
sealed class StoreHealth(IFileStore store, DiskGauge disk) : IHealthCheck
{
    internal const string Name = "store";

    public async Task<HealthCheckResult> CheckHealthAsync(HealthCheckContext context, CancellationToken stop = default)
    {
        if (await store.WhyNotWritable(stop) is { } trouble) return HealthCheckResult.Degraded($"The file store takes nothing in: {trouble}");
        return disk.IsLow ? HealthCheckResult.Degraded("The portal's disk is nearly full.") : HealthCheckResult.Healthy("The file store takes files in.");
    }
}

/// <summary>What <c>/health/ready</c> answers.</summary>
public static class HealthAnswer
{
    /// <summary>Names of the checks that say whether pages can be shown.</summary>
    public static IReadOnlyList<string> ForPages { get; } = [DatabaseHealth.Name, StoreHealth.Name];

    /// <summary>The state of the whole in one word, and of each part with a sentence, as JSON. Sentences name no secret: anybody may ask.</summary>
    public static Task Write(HttpContext context, HealthReport report)
    {
        context.Response.ContentType = "application/json";
        return context.Response.WriteAsync(JsonSerializer.Serialize(new
        {
            status = Word(report.Status),
            checks = report.Entries.ToDictionary(entry => entry.Key, entry => new { status = Word(entry.Value.Status), says = entry.Value.Description }),
        }));
    }

    static string Word(HealthStatus status) => status.ToString().ToLowerInvariant();
}
