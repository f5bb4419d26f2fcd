using System.Diagnostics;
using Microsoft.Playwright;

namespace PqdPortal.Browser.Tests;

/// <summary>What a journey costs a person: clicks (or taps) counted as they are made, and time from its beginning. Choosing in a list is a click too; typing is none.</summary>
public sealed class Pace(string journey)
{
    readonly Stopwatch _clock = Stopwatch.StartNew();

    public int Clicks { get; private set; }

    public Task Click(ILocator what)
    {
        Clicks++;
        return what.ClickAsync();
    }

    public Task Choose(ILocator list, string choice)
    {
        Clicks++;
        return list.SelectOptionAsync(choice);
    }

    /// <summary>Fails where it took more.</summary>
    public void Within(int clicks, TimeSpan? time = null)
    {
        var took = _clock.Elapsed;
        Assert.True(Clicks <= clicks, $"{journey} took {Clicks} clicks, and {clicks} are stated.");
        if (time is { } most) Assert.True(took < most, $"{journey} took {took.TotalSeconds:0.0} s, and {most.TotalSeconds:0} s are stated.");
    }
}
