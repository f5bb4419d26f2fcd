System.Console.WriteLine("PqdPortal");
