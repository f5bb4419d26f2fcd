using Microsoft.JSInterop;
using PqdPortal.Web.Layout;

namespace PqdPortal.Portal.Tests.Web;

/// <summary>A page that is left while its script is on the way stops nothing and leaves nothing behind.</summary>
public class ComponentScriptTests
{
    [Fact]
    public async Task A_component_that_is_gone_before_its_script_came_begins_nothing()
    {
        var browser = new FakeBrowser();
        var script = new ComponentScript<object>(browser, new(), "a.js");

        var begin = script.Begin("mount", self => [self.Value]);
        await script.End();
        browser.Came.SetResult(browser.Module);
        await begin;

        Assert.Equal(["import", "let go of the module"], browser.Heard);
        Assert.False(script.IsThere);
    }

    [Fact]
    public async Task What_was_beginning_when_the_component_went_is_ended_once_it_has_begun()
    {
        var browser = new FakeBrowser();
        browser.Came.SetResult(browser.Module);
        var script = new ComponentScript<object>(browser, new(), "a.js");
        DotNetObjectReference<object>? given = null;

        var begin = script.Begin("mount", self => [given = self]);
        await script.End("forget");
        // The script may call the component until it has ended.
        Assert.NotNull(given!.Value);
        browser.Begun.SetResult(browser.Mounted);
        await begin;

        Assert.Equal(["import", "mount", "let go of the module", "forget", "let go of what was begun"], browser.Heard);
        Assert.Throws<ObjectDisposedException>(() => given.Value);
    }

    [Fact]
    public async Task What_has_begun_is_called_ended_once_and_not_called_after()
    {
        var browser = new FakeBrowser();
        browser.Came.SetResult(browser.Module);
        browser.Begun.SetResult(browser.Mounted);
        var script = new ComponentScript<object>(browser, new(), "a.js");

        await script.Call("show");
        await script.Begin("mount", self => [self]);
        Assert.True(script.IsThere);
        await script.Call("show");
        await script.End();
        await script.End();
        await script.Call("show");

        Assert.Equal(["import", "mount", "let go of the module", "show", "dispose", "let go of what was begun"], browser.Heard);
    }

    [Fact]
    public async Task A_page_that_is_gone_is_no_fault()
    {
        var browser = new FakeBrowser();
        var script = new ComponentScript<object>(browser, new(), "a.js");

        var begin = script.Begin("mount", self => [self]);
        browser.Came.SetException(new JSDisconnectedException("gone"));
        await begin;
        await script.End();

        Assert.Equal(["import"], browser.Heard);
    }

    sealed class FakeBrowser : IJSRuntime
    {
        public FakeBrowser()
        {
            Module = new(this, "the module");
            Mounted = new(this, "what was begun");
        }

        public List<string> Heard { get; } = [];
        public TaskCompletionSource<object> Came { get; } = new();
        public TaskCompletionSource<object> Begun { get; } = new();
        public Thing Module { get; }
        public Thing Mounted { get; }

        public async ValueTask<T> InvokeAsync<T>(string name, object?[]? given)
        {
            Heard.Add(name);
            return (T)await Came.Task;
        }

        public ValueTask<T> InvokeAsync<T>(string name, CancellationToken stop, object?[]? given) => InvokeAsync<T>(name, given);
    }

    sealed class Thing(FakeBrowser of, string name) : IJSObjectReference
    {
        public async ValueTask<T> InvokeAsync<T>(string function, object?[]? given)
        {
            of.Heard.Add(function);
            return function == "mount" ? (T)await of.Begun.Task : default!;
        }

        public ValueTask<T> InvokeAsync<T>(string function, CancellationToken stop, object?[]? given) => InvokeAsync<T>(function, given);

        public ValueTask DisposeAsync()
        {
            of.Heard.Add($"let go of {name}");
            return ValueTask.CompletedTask;
        }
    }
}
