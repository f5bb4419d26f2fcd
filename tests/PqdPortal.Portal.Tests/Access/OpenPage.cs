using System.Reflection;
using Microsoft.AspNetCore.Components;
using Microsoft.AspNetCore.Components.Routing;
using Microsoft.AspNetCore.Components.Web;
using Microsoft.AspNetCore.Components.Web.HtmlRendering;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging.Abstractions;

namespace PqdPortal.Portal.Tests.Access;

/// <summary>A page that stands open for somebody, as its circuit draws it: it hears of changes and draws itself again, without a browser.</summary>
public sealed class OpenPage : IAsyncDisposable
{
    readonly AsyncServiceScope _scope;
    readonly HtmlRenderer _renderer;
    HtmlRootComponent _root;

    OpenPage(AsyncServiceScope scope) => (_scope, _renderer) = (scope, new HtmlRenderer(scope.ServiceProvider, NullLoggerFactory.Instance));

    /// <param name="parameters">By the names of the page's properties, wherever the address has them; other names stand in the address as they are, several values one after another.</param>
    public static async Task<OpenPage> Of(MatrixFixture portal, Who who, Type page, Dictionary<string, object?> parameters)
    {
        var open = new OpenPage(portal.PageOf(who));
        // What stands in the address after the question mark a page hears from the address.
        var asked = parameters.Select(one => (one.Value, Property: page.GetProperty(one.Key), From: page.GetProperty(one.Key)?.GetCustomAttribute<SupplyParameterFromQueryAttribute>(), one.Key))
            .ToLookup(one => one.From is not null || one.Property is null);
        var query = string.Join('&', asked[true].SelectMany(one => (one.Value as IEnumerable<string> ?? [$"{one.Value}"]).Select(value => $"{one.From?.Name ?? one.Key}={Uri.EscapeDataString(value)}")));
        ((IHostEnvironmentNavigationManager)open._scope.ServiceProvider.GetRequiredService<NavigationManager>()).Initialize("http://localhost/", $"http://localhost/here?{query}");
        await open._renderer.Dispatcher.InvokeAsync(async () =>
            open._root = await open._renderer.RenderComponentAsync(page, ParameterView.FromDictionary(asked[false].ToDictionary(one => one.Key, one => one.Value))));
        return open;
    }

    /// <summary>What it shows at this moment.</summary>
    public Task<string> Shown() => _renderer.Dispatcher.InvokeAsync(_root.ToHtmlString);

    /// <summary>Waits until it shows something like that by itself.</summary>
    public async Task Until(Func<string, bool> isShown, string what)
    {
        for (var until = DateTime.UtcNow.AddSeconds(60); !isShown(await Shown()); await Task.Delay(50))
            Assert.True(DateTime.UtcNow < until, $"{what}: not within a minute. It shows {await Shown()}");
    }

    public async ValueTask DisposeAsync()
    {
        await _renderer.DisposeAsync();
        await _scope.DisposeAsync();
    }
}
