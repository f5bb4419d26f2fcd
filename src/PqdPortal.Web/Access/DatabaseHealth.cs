using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.Diagnostics.HealthChecks;
using PqdPortal.Data;

namespace PqdPortal.Web.Access;

/// <summary>Ready means: the database answers.</summary>
public sealed class DatabaseHealth(IDbContextFactory<PortalDb> database) : IHealthCheck
{
    public async Task<HealthCheckResult> CheckHealthAsync(HealthCheckContext context, CancellationToken stop = default) =>
        await Answers(stop) ? HealthCheckResult.Healthy() : HealthCheckResult.Unhealthy("The database does not answer.");

    /// <summary>Whether the database answers at this moment.</summary>
    public async Task<bool> Answers(CancellationToken stop = default)
    {
        await using var db = await database.CreateDbContextAsync(stop);
        return await db.Database.CanConnectAsync(stop);
    }
}
