using PqdPortal.Analysis;
using PqdPortal.Data.Analyses;
using PqdPortal.Data.Groups;
using PqdPortal.Data.Runs;
using PqdPortal.Data.Samples;
using PqdPortal.Web.Access;
using PqdPortal.Web.Layout;

namespace PqdPortal.Web.Description;

/// <summary>Fields and parameters that hold one of a few words, by the name of their schema: what is not in this list is free text.</summary>
static class ApiChoices
{
    public static readonly Dictionary<string, Dictionary<string, string[]>> All = new()
    {
        ["Batch"] = new()
        {
            ["dimensionality"] = Of<Dimensionality>(), ["crystalPhase"] = Of<CrystalPhase>(), ["method"] = Of<SynthesisMethod>(), ["treatment"] = Of<Treatment>(), ["measuredMethod"] = Of<CompositionMethod>(),
        },
        ["Sample"] = new() { ["form"] = Of<SampleForm>(), ["matrix"] = Of<Matrix>() },
        ["Run"] = new()
        {
            ["kind"] = Of<RunKind>(), ["atmosphere"] = Of<Atmosphere>(), ["excitation"] = Of<Excitation>(), ["evidenceRole"] = Of<EvidenceRole>(), ["reading"] = Of<ReadingState>(),
        },
        ["RunFile"] = new() { ["reading"] = Of<ReadingState>() },
        ["AnalysisEntry"] = new() { ["state"] = Of<AnalysisState>() },
        ["AnalysisAnswered"] = new() { ["state"] = Of<AnalysisState>() },
        ["Value"] = new() { ["grade"] = Of<Grade>() },
        ["Quantity"] = new() { ["grade"] = Of<Grade>() },
        ["OutputEntry"] = new() { ["type"] = ["quantity", "verdict", "curve"] },
        ["Project"] = new() { ["role"] = [.. Of<AccessRole>().Where(role => role != "none")] },
        ["AccessEntry"] = new() { ["role"] = [.. Of<AccessRole>().Where(role => role != "none")] },
        ["Member"] = new() { ["role"] = [.. Of<AccessRole>().Where(role => role != "none")] },
        ["SeenBy"] = new() { ["role"] = [.. Of<AccessRole>().Where(role => role != "none")] },
        ["GroupProject"] = new() { ["role"] = [.. Of<AccessRole>().Where(role => role != "none")] },
        ["MemberDraft"] = new() { ["role"] = [.. Of<AccessRole>().Where(role => role != "none")] },
        ["HandOver"] = new() { ["keep"] = Of<AccessRole>() },
        ["InvitedDraft"] = new() { ["role"] = [.. Of<AccessRole>().Where(role => role != "none")] },
        ["Invitation"] = new() { ["role"] = Of<AccessRole>(), ["state"] = ["open", "used", "expired", "revoked"] },
        ["Link"] = new() { ["of"] = Of<LinkedKind>(), ["state"] = ["open", "expired", "revoked"] },
        ["LinkDraft"] = new() { ["of"] = Of<LinkedKind>() },
        ["Job"] = new() { ["kind"] = Of<JobKind>(), ["state"] = Of<JobState>() },
        ["MyPart"] = new() { ["role"] = [.. Of<AccessRole>().Where(role => role != "none")] },
        ["Token"] = new() { ["scope"] = [TokenReach.Read, TokenReach.Write] },
    };

    /// <summary>Parameters of the address, by their names.</summary>
    public static readonly Dictionary<string, string[]> Parameters = new()
    {
        ["reading"] = Of<ReadingState>(),
    };

    static string[] Of<T>() where T : struct, Enum => [.. Enum.GetValues<T>().Select(choice => Words.Key(choice))];
}
