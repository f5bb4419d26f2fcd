namespace PqdPortal.Client.Records;

/// <summary>How a program beside an instrument does: what it reports every half minute.</summary>
/// <param name="Name">The computer it runs on.</param>
/// <param name="Folder">The folder it watches.</param>
/// <param name="Instrument">Id or name of the set-up; null where none was named.</param>
/// <param name="Software">Its version.</param>
/// <param name="LastFile">Name of the last file that it sent.</param>
/// <param name="Sent">Files sent since it was started.</param>
/// <param name="Waiting">Files that are not sent yet.</param>
/// <param name="Refused">Files that could not be sent.</param>
/// <param name="Trouble">What keeps it from its work, in words; null where nothing does.</param>
/// <param name="HasStopped">It is being stopped by its person.</param>
public sealed record AgentReport(
    string Name, string Folder, string? Instrument = null, string? Software = null, string? LastFile = null, DateTimeOffset? LastFileAt = null,
    int Sent = 0, int Waiting = 0, int Refused = 0, string? Trouble = null, bool HasStopped = false);

/// <summary>A program beside an instrument, as it reported itself last.</summary>
/// <param name="Folder">Told to its own person and to administrators; file names of others may belong to other projects.</param>
/// <param name="LastFile">Told as the folder is.</param>
/// <param name="IsSilent">Nothing was heard of it for three minutes though it was not stopped.</param>
public sealed record AgentRecord(
    Guid Id, string Name, string? Instrument, string Person, string? Software, DateTimeOffset LastHeardAt, bool IsSilent, bool HasStopped,
    int Sent, int Waiting, int Refused, string? Trouble, DateTimeOffset? LastFileAt, string? Folder, string? LastFile);
