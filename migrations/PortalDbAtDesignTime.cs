using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Design;
using PqdPortal.Data;

namespace PqdPortal.Migrations;

/// <summary>Lets the command that generates a migration see the model; it connects to no database.</summary>
sealed class PortalDbAtDesignTime : IDesignTimeDbContextFactory<PortalDb>
{
    public PortalDb CreateDbContext(string[] args) =>
        new((DbContextOptions<PortalDb>)new DbContextOptionsBuilder<PortalDb>().UsePortalDatabase("Host=design;Database=portal").Options);
}
