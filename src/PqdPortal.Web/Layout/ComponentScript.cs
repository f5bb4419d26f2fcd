using Microsoft.JSInterop;

namespace PqdPortal.Web.Layout;

/// <summary>
/// The script beside a component that calls the component back. The component may be gone before its script came: then nothing is begun, and
/// what was beginning meanwhile is ended, so that the script never calls what is no more.
/// </summary>
/// <param name="module">Address of the script; its function returns an object with <c>dispose</c>.</param>
public sealed class ComponentScript<T>(IJSRuntime browser, T component, string module) where T : class
{
    readonly DotNetObjectReference<T> _self = DotNetObjectReference.Create(component);
    IJSObjectReference? _begun;
    string _end = "dispose";
    bool _isBeginning, _isGone;

    /// <summary>True while its functions can be called.</summary>
    public bool IsThere => _begun is not null && !_isGone;

    /// <summary>Fetches the script and calls its function; quietly nothing where the page or the component is gone.</summary>
    /// <param name="arguments">Asked for when the script is there, with the reference by which it calls the component.</param>
    public async Task Begin(string function, Func<DotNetObjectReference<T>, object?[]> arguments)
    {
        _isBeginning = true;
        try
        {
            await using var script = await browser.InvokeAsync<IJSObjectReference>("import", module);
            if (!_isGone) _begun = await script.InvokeAsync<IJSObjectReference>(function, arguments(_self));
        }
        catch (JSDisconnectedException)
        {
            // The page is gone; what it kept is in the browser already.
        }
        finally
        {
            _isBeginning = false;
            if (_isGone) await LetGo();
        }
    }

    /// <summary>Calls a function of what was begun; nothing where that is not there.</summary>
    public async Task Call(string function, params object?[] arguments)
    {
        if (!IsThere) return;
        try
        {
            await _begun!.InvokeVoidAsync(function, arguments);
        }
        catch (JSDisconnectedException)
        {
            // The page is gone.
        }
    }

    /// <summary>Ends it, with another function than <c>dispose</c> where one is named.</summary>
    public async Task End(string function = "dispose")
    {
        if (_isGone) return;
        (_isGone, _end) = (true, function);
        if (!_isBeginning) await LetGo();
    }

    async Task LetGo()
    {
        try
        {
            if (_begun is not null)
            {
                await _begun.InvokeVoidAsync(_end);
                await _begun.DisposeAsync();
            }
        }
        catch (JSDisconnectedException)
        {
            // The browser has thrown everything away.
        }
        _self.Dispose();
    }
}
