// nothing

   
