using PqdPortal.Data.Groups;

namespace PqdPortal.Web.Layout.People;

/// <summary>What a role lets a person do, in words.</summary>
public static class RoleWords
{
    /// <summary>The roles that can be given, the weakest first.</summary>
    public static readonly IReadOnlyList<AccessRole> Given = [AccessRole.Read, AccessRole.Comment, AccessRole.Edit, AccessRole.Manage];

    /// <summary>"may read everything in it and download the raw files"</summary>
    public static string May(AccessRole role) => role switch
    {
        AccessRole.Read => "may read everything in it and download its files",
        AccessRole.Comment => "may read everything in it, download its files and comment",
        AccessRole.Edit => "may read, comment, and record and change batches, samples, dots and runs",
        AccessRole.Manage => "may do all of this, and say who else sees the project",
        _ => "does not see it",
    };

    /// <summary>"2 batches, 40 dots and 61 runs"</summary>
    public static string Of(Holdings holds) => $"{Many(holds.Batches, "batch", "batches")}, {Many(holds.Dots, "dot", "dots")} and {Many(holds.Runs, "run", "runs")}";

    static string Many(int count, string one, string more) => $"{Numbers.Count(count)} {(count == 1 ? one : more)}";
}
