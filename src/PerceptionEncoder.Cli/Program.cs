Console.Error.WriteLine("pe: no command yet");
return 2;
