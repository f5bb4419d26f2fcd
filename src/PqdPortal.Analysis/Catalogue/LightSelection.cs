using PqdPortal.Analysis.Blinking;
using PqdPortal.Analysis.Measurements;

namespace PqdPortal.Analysis.Catalogue;

/// <summary>Finds out which stretches of time are meant by the bright or the dark light of a selection.</summary>
static class LightSelection
{
    /// <summary>The selection with its stretches; the selection itself where it asks for no light.</summary>
    /// <remarks>The change points are those of the analysis "blinking" with its usual options, of the selected channels and time.</remarks>
    /// <exception cref="InsufficientDataException">Bright and dark cannot be told apart, or there is none of what was asked for.</exception>
    public static Selection? Of(PhotonStream whole, AnalysisCall call)
    {
        if (call.Selection is not { Light: { } light } selection) return call.Selection;
        selection.Check();
        // What counts as bright is a matter of all micro times.
        var watched = SelectedStream.Of(whole, new() { From = selection.From, To = selection.To, Channels = selection.Channels }, 1, call.Stop);
        var record = BlinkingRecord.Of(watched, new() { OnAbove = selection.OnAbove }, call.Progress, call.Stop);
        if (record.Levels.Rate.Length < 2)
            throw new InsufficientDataException(
                $"The light has one level only, {NumberText.Rounded(record.Levels.Rate[0])} cps, so bright and dark cannot be told apart. Leave \"light\" out of the selection.");
        var wanted = light == "on";
        var tick = whole.Tick!.Value;
        var offset = selection.From is { } from ? (long)Math.Round(from / tick) : 0;
        (long From, long To)[] stretches = [.. record.Stretches(wanted).Select(stretch => (stretch.From + offset, stretch.To + offset))];
        if (stretches.Length == 0)
            throw new InsufficientDataException($"No light is {(wanted ? "bright" : "dark")} with the border at {NumberText.Rounded(record.Border)} cps, so nothing is left to compute from. Change \"on_above_cps\".");
        call.Notes.Add(new("LIGHT_SELECTED",
            $"Of the {(wanted ? "bright" : "dark")} light alone: {stretches.Length} stretch{(stretches.Length == 1 ? "" : "es")}, {NumberText.Rounded(stretches.Sum(s => (s.To - s.From) * tick), 4)} s in all, {(wanted ? "above" : "below")} {NumberText.Rounded(record.Border)} cps, between the change points that \"{BlinkingKinds.Blinking.Title}\" (version {BlinkingKinds.Blinking.Version}) finds at a confidence of {NumberText.Rounded(new BlinkingOptions().Confidence)}."));
        return selection with { Light = null, OnAbove = null, Stretches = stretches };
    }
}
