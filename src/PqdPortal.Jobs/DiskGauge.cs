using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using PqdPortal.Data;
using PqdPortal.Data.Files;

namespace PqdPortal.Jobs;

/// <summary>How full the disks are that the portal writes to, and what of it is its own.</summary>
public sealed class DiskGauge(DataFolder folder, FileStoreOptions files, DiskOptions options, IDbContextFactory<PortalDb> database)
{
    /// <summary>The disks of the data folder and, where it lies on another one, of the file store. Quick: nothing is read but the disks' own figures.</summary>
    public IReadOnlyList<DiskPlace> Places()
    {
        List<DiskPlace> places = [Place("data folder", folder.Path)];
        if (files is { Store: "folder", Folder: { } elsewhere } && Directory.Exists(elsewhere) && Place("file store", Path.GetFullPath(elsewhere)) is var store
            && (store.Free, store.Total) != (places[0].Free, places[0].Total))
            places.Add(store);
        return places;
    }

    /// <summary>Whether a place has less room than the portal wants to see.</summary>
    public bool IsLow => Places().Any(place => place.Free < options.WarnBytes);

    /// <summary>The places that are too full, in words; none where all is well.</summary>
    public IReadOnlyList<string> Warnings() =>
        [.. Places().Where(place => place.Free < options.WarnBytes).Select(place =>
            $"The disk of the {place.Name} ({place.Path}) has {place.Free:N0} bytes left; the portal warns below {options.WarnBytes:N0}. When it is full, uploads are refused and analyses stop; nothing that was saved is lost. Make room, or move the portal to a larger disk.")];

    /// <summary>The places with what the portal itself has there.</summary>
    public async Task<DiskView> Look(CancellationToken stop = default)
    {
        await using var db = await database.CreateDbContextAsync(stop);
        List<DiskShare> shares =
        [
            new("files and reports", await db.StoredFiles.SumAsync(file => file.Length, stop)),
            new("database", await db.Database.SqlQuery<long>($"SELECT pg_database_size(current_database()) AS \"Value\"").SingleAsync(stop)),
            new("uploads on their way", SizeOf("uploads")),
            new("local copies of a remote store", SizeOf("copies")),
        ];
        return new DiskView(Places(), shares, Warnings());
    }

    static DiskPlace Place(string name, string path)
    {
        var disk = new DriveInfo(path);
        return new DiskPlace(name, path, disk.AvailableFreeSpace, disk.TotalSize);
    }

    long SizeOf(string name)
    {
        var path = Path.Combine(folder.Path, name);
        return Directory.Exists(path) ? new DirectoryInfo(path).EnumerateFiles().Sum(file => file.Exists ? file.Length : 0) : 0;
    }
}

/// <summary>One disk that the portal writes to [bytes].</summary>
public sealed record DiskPlace(string Name, string Path, long Free, long Total);

/// <summary>What the portal keeps of one kind [bytes].</summary>
public sealed record DiskShare(string Name, long Bytes);

/// <param name="Warnings">Sentences on places that are too full.</param>
public sealed record DiskView(IReadOnlyList<DiskPlace> Places, IReadOnlyList<DiskShare> Shares, IReadOnlyList<string> Warnings);

/// <summary>Warns in the log of a disk that fills up: when it crosses the mark, and then every hour.</summary>
sealed class DiskWatch(DiskGauge gauge, TimeProvider time, ILogger<DiskWatch> log) : BackgroundService
{
    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        for (DateTimeOffset? said = null; !stoppingToken.IsCancellationRequested;)
        {
            try
            {
                var warnings = gauge.Warnings();
                if (warnings.Count == 0) said = null;
                else if (said is null || time.GetUtcNow() - said >= TimeSpan.FromHours(1))
                {
                    foreach (var warning in warnings) log.LogWarning("{Warning}", warning);
                    said = time.GetUtcNow();
                }
            }
            catch (Exception error) when (error is IOException or UnauthorizedAccessException)
            {
                log.LogWarning("The free space of the disks cannot be found out: {Trouble}", error.Message);
            }
            await Task.Delay(TimeSpan.FromMinutes(1), time, stoppingToken).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
    }
}
