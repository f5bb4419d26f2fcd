using Microsoft.AspNetCore.Components;
using Microsoft.AspNetCore.Components.Web;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.JSInterop;

namespace PqdPortal.Portal.Tests.Web;

/// <summary>A component as HTML, without a server or a browser.</summary>
public static class Rendered
{
    /// <summary>The moment at which everything here is shown.</summary>
    public static readonly DateTimeOffset Now = new(2026, 3, 1, 12, 0, 0, TimeSpan.Zero);

    public static async Task<string> Html<T>(params (string Name, object? Value)[] parameters) where T : IComponent
    {
        var services = new ServiceCollection().AddLogging().AddSingleton<TimeProvider>(new StoppedClock()).AddSingleton<IJSRuntime, NoBrowser>().BuildServiceProvider();
        await using var renderer = new HtmlRenderer(services, NullLoggerFactory.Instance);
        return await renderer.Dispatcher.InvokeAsync(async () =>
        {
            var view = ParameterView.FromDictionary(parameters.ToDictionary(p => p.Name, p => p.Value));
            return (await renderer.RenderComponentAsync<T>(view)).ToHtmlString();
        });
    }

    /// <summary>What a person reads of it: no tags, characters decoded, spaces as one.</summary>
    public static async Task<string> Text<T>(params (string Name, object? Value)[] parameters) where T : IComponent =>
        System.Text.RegularExpressions.Regex.Replace(
            System.Net.WebUtility.HtmlDecode(System.Text.RegularExpressions.Regex.Replace(await Html<T>(parameters), "<[^>]+>", "")), "[ \r\n]+", " ").Trim();

    /// <summary>Rendering to HTML ends before a script would run.</summary>
    sealed class NoBrowser : IJSRuntime
    {
        public ValueTask<T> InvokeAsync<T>(string identifier, object?[]? args) => throw new InvalidOperationException("There is no browser here.");
        public ValueTask<T> InvokeAsync<T>(string identifier, CancellationToken stop, object?[]? args) => InvokeAsync<T>(identifier, args);
    }

    sealed class StoppedClock : TimeProvider
    {
        public override DateTimeOffset GetUtcNow() => Now;
    }
}
