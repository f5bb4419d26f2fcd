namespace PqdPortal.Cli.Watch;

/// <summary>How a folder is watched.</summary>
/// <param name="Folder">Whole path.</param>
sealed record WatchOptions(string Folder)
{
    /// <summary>Only files whose names fit, with * and ?; all where empty.</summary>
    public IReadOnlyList<string> Patterns { get; init; } = [];

    /// <summary>How long size and age of a file have to stay the same.</summary>
    public TimeSpan Settle { get; init; } = TimeSpan.FromSeconds(10);

    /// <summary>How often the folder is looked through; changes that the system tells of are looked at sooner.</summary>
    public TimeSpan Every { get; init; } = TimeSpan.FromSeconds(15);

    /// <summary>Between two reports to the portal.</summary>
    public TimeSpan Heartbeat { get; init; } = TimeSpan.FromSeconds(30);

    /// <summary>Files that other programs hold open to write are sent all the same once they have settled.</summary>
    public bool EvenIfOpen { get; init; }

    /// <summary>Ends when everything that is there has been dealt with.</summary>
    public bool Once { get; init; }

    /// <summary>What is there at the very first start is taken as known and not sent.</summary>
    public bool OnlyNew { get; init; }

    /// <summary>Folders within folders too.</summary>
    public bool Recursive { get; init; } = true;
}
