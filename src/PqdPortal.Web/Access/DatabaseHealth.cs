using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.Diagnostics.HealthChecks;
using PqdPortal.Data;

namespace PqdPortal.Web.Access;

/// <summary>Ready means: the database answers.</summary>
public sealed class DatabaseHealth(IDbContextFactory<PortalDb> database) : IHealthCheck
{
    public async Task<HealthCheckResult> CheckHealthAsync(HealthCheckContext context, CancellationToken stop = default)
    {
        await using var db = await database.CreateDbContextAsync(stop);
        return await db.Database.CanConnectAsync(stop) ? HealthCheckResult.Healthy() : HealthCheckResult.Unhealthy("The database does not answer.");
    }
}
